import { expect, it } from '@jest/globals';
import * as nestjs from './index.js';

it('exports these names and no other', () => {
  expect(Object.keys(nestjs).sort()).toMatchInlineSnapshot(`
   [
     "BalancedClient",
     "Call",
     "ClientContractError",
     "DISCOVERY_OPTIONS",
     "DISCOVERY_REGISTRY",
     "DiscoveryModule",
     "DiscoverySetupError",
     "GrpcClients",
     "GrpcErrorFilter",
     "InjectClientGrpc",
     "InjectGrpcService",
     "InvalidOptionError",
     "InvalidPolicyError",
     "LocalInstances",
     "UnsupportedGrpcJsError",
     "consistentHash",
     "discoverable",
     "explain",
     "filterInstances",
     "getClientGrpcToken",
     "getGrpcServiceToken",
     "leastRequest",
     "outlierDetection",
     "pickFirst",
     "preferLocality",
     "random",
     "roundRobin",
     "slowStart",
     "subset",
     "weightedRoundRobin",
   ]
  `);
});

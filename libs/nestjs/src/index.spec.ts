import { expect, it } from '@jest/globals';
import * as nestjs from './index.js';

it('exports these names and no other', () => {
  expect(Object.keys(nestjs).sort()).toMatchInlineSnapshot(`
   [
     "BalancedClient",
     "Call",
     "ClientContractError",
     "ConflictingChannelError",
     "DISCOVERY_OPTIONS",
     "DISCOVERY_REGISTRY",
     "DiscoveryModule",
     "GrpcClients",
     "InjectClientGrpc",
     "InjectGrpcService",
     "InvalidAdvertisedAddressError",
     "InvalidDrainError",
     "InvalidServerUrlError",
     "InvalidTimeoutError",
     "LocalInstances",
     "MissingClientMetadataError",
     "MissingDiscoveryModuleError",
     "MissingServiceError",
     "discoverable",
     "getClientGrpcToken",
     "getGrpcServiceToken",
     "weightedRoundRobin",
   ]
  `);
});

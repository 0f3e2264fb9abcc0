import { expect, it } from '@jest/globals';
import * as nestjs from './index.js';

it('exports these names and no other', () => {
  expect(Object.keys(nestjs).sort()).toMatchInlineSnapshot(`
   [
     "AdvertisedInterfaceError",
     "BalancedClient",
     "Call",
     "ClientContractError",
     "ConflictingClientsError",
     "DISCOVERY_OPTIONS",
     "DISCOVERY_REGISTRY",
     "DiscoveryModule",
     "GrpcClients",
     "InjectClientGrpc",
     "InjectGrpcService",
     "InvalidAdvertisedAddressError",
     "InvalidClientOptionError",
     "InvalidDrainError",
     "InvalidPolicyError",
     "InvalidReadinessError",
     "InvalidServerUrlError",
     "InvalidTlsError",
     "LocalInstances",
     "MissingClientMetadataError",
     "MissingDiscoveryModuleError",
     "MissingReflectionError",
     "MissingServiceError",
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

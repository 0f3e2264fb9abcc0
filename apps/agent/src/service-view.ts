import { parseAddress, type ServiceInstance, type Snapshot } from '@grpc-discovery/registry';
import type { ServiceView, ViewEndpoint } from '@grpc-discovery/xds';
import { configuredView, type PublishedConfig } from './published-config.js';

/** A service as clients should see it. The snapshot has overrides of weights applied. */
export function serviceView(
  { service, instances }: Snapshot,
  config?: PublishedConfig,
): ServiceView {
  return { name: service, endpoints: instances.map(viewEndpoint), ...configuredView(config) };
}

function viewEndpoint({ address, weight, locality }: ServiceInstance): ViewEndpoint {
  return { ...parseAddress(address), weight, ...locality };
}

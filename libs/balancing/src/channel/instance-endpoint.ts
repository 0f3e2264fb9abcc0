import type { ServiceInstance } from '@grpc-discovery/registry';
import type { Endpoint, SubchannelAddress } from '../grpc/experimental.js';

/**
 * An endpoint that carries its instance. Per-instance data travels here: grpc-js hands unknown fields of an endpoint to
 * the policy untouched, while a resolver attribute that changes makes every subchannel connect anew.
 */
export interface InstanceEndpoint extends Endpoint {
  readonly instance: ServiceInstance;
  readonly addresses: [SubchannelAddress];
}

export function isInstanceEndpoint(endpoint: Endpoint): endpoint is InstanceEndpoint {
  return 'instance' in endpoint;
}

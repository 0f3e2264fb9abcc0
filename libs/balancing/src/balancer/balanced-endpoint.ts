import type { ServiceInstance } from '@grpc-discovery/registry';
import type { EndpointLoad } from './endpoint-load.js';

/**
 * An endpoint as policies and pickers see it. The object lives exactly as long as its address stays among those that a
 * policy wants, over reconnects and over new weights: it may be the key of a `WeakMap`.
 */
export interface BalancedEndpoint {
  readonly address: string;
  /** The newest data that the registry told of this address. */
  readonly instance: ServiceInstance;
  /** What the channel has learned of the instance. */
  readonly load: EndpointLoad;
}

import type { ServiceInstance } from '@grpc-discovery/registry';
import type { SubchannelInterface } from '../grpc/experimental.js';

/**
 * An endpoint as policies and pickers see it. The object lives exactly as long as its address stays in the list, over
 * reconnects and over new weights: it may be the key of a `WeakMap` of what a policy has learned about the endpoint.
 */
export interface BalancedEndpoint {
  readonly address: string;
  /** The newest data that the registry told of this address. */
  readonly instance: ServiceInstance;
  /** READY when it was handed to `createPicker`. */
  readonly subchannel: SubchannelInterface;
}

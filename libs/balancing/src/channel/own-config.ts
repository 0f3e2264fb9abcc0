import type { ChannelOptions } from '@grpc/grpc-js';
import { ownServiceConfig } from '../resolver/service-config.js';
import { assertMethodOptions, assertRetryBudget } from './assert-method-options.js';
import { compressionOf } from './compression.js';
import { discoveryArgsOf, type OwnConfig } from './channel-args.js';

/** @throws InvalidPolicyError */
export function checkedOwnConfig(own: OwnConfig): OwnConfig {
  assertMethodOptions(own.methods);
  compressionOf(own.methods);
  if (own.retryBudget) assertRetryBudget(own.retryBudget);
  ownServiceConfig(undefined, own);
  return own;
}

/**
 * Changes what a channel's options say of how its calls are made. An open channel applies it live, without a new connection.
 * @param options What the channel was made with; those of another channel are left as they are.
 * @throws InvalidPolicyError when it can't work. The channel then stays as it is.
 */
export function updateOwnConfig(options: ChannelOptions, own: OwnConfig): void {
  discoveryArgsOf(options)?.changeOwn(checkedOwnConfig(own));
}

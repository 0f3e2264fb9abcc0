import { SUBCHANNEL_ARGS_EXCLUDE_KEY_PREFIX } from './experimental.js';

/**
 * A key of a channel option or resolver attribute of this package. The prefix keeps it out of the arguments of
 * subchannels: any other key would become part of their identity, and a change would reconnect them.
 */
function keyOf(name: string): string {
  return `${SUBCHANNEL_ARGS_EXCLUDE_KEY_PREFIX}.discovery_${name}`;
}

/** Channel option: the `ResolverSettings`. */
export const RESOLVER_SETTINGS_KEY = keyOf('resolver');

/** Channel option: the `BalancerSettings`. */
export const BALANCER_SETTINGS_KEY = keyOf('balancer');

/** Channel option: the `ChannelViewRef` through which the balancer describes the channel. */
export const CHANNEL_VIEW_KEY = keyOf('view');

/**
 * Resolver attribute beside an error: the registry has answered and holds no instance. By gRPC's rule a policy keeps its
 * last list when the resolver reports an error; with this attribute ours drops the list.
 */
export const NO_INSTANCE_KEY = keyOf('no_instance');

/** Resolver attribute: the channel's `WaitReason`. */
export const WAIT_REASON_KEY = keyOf('wait_reason');

/** Resolver attribute: the channel's `ChannelMemory`. */
export const CHANNEL_MEMORY_KEY = keyOf('memory');

/** The argument under a key; undefined if it is missing, as when another resolver feeds the policy. */
export function argOf<T>(
  args: Readonly<Record<string, unknown>>,
  key: string,
  type: abstract new (...args: never[]) => T,
): T | undefined {
  const value = args[key];
  return value instanceof type ? value : undefined;
}

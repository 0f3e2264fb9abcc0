import type { ChannelOptions } from '@grpc/grpc-js';
import type { Watcher } from '@grpc-discovery/registry';
import { isInstalled } from '../install.js';
import { DEFAULT_CONNECT_TIMEOUT_MS, DISCOVERY_ARGS_KEY, DiscoveryArgs } from './channel-args.js';
import type { PolicyConfig } from './policy-config.js';

export interface DiscoveryChannelOptions {
  /** Tells the channel of the service's instances. It outlives the channel, and the channel does not close it. */
  readonly watcher: Watcher;
  /**
   * How calls are spread over the instances. Goes before the `loadBalancingConfig` of a service config.
   * @default weightedRoundRobin()
   */
  readonly policy?: PolicyConfig;
  /**
   * How long an attempt to connect to one instance may take, TCP, TLS and HTTP/2 together, before it is given up and a
   * new one starts. It matters for instances that accept and never answer.
   * @default 20_000, gRPC's minimum
   */
  readonly connectTimeoutMs?: number;
  /** Further options of grpc-js. They go before the defaults listed at {@link discoveryChannelOptions}. */
  readonly channelOptions?: ChannelOptions;
}

/**
 * The grpc-js options of a channel that finds its instances by discovery.
 *
 * Defaults, besides what the options say:
 * - `grpc.enable_channelz: 0`: its book-keeping takes about 8 % of a call's CPU.
 * - `grpc.keepalive_time_ms: 10_000`, `grpc.keepalive_timeout_ms: 5_000`: an instance that hangs, or a network that
 *   swallows everything, is left after 15 s. Pings are sent only while calls are in flight. Servers on grpc-js accept
 *   them; those of other languages want to be told so (`MinTime`, `permitKeepAliveTime`).
 * - `grpc.max_reconnect_backoff_ms: 10_000` instead of 120 s: what the registry lists is tried often.
 * - `grpc.enable_http_proxy: 0`: with a proxy in the environment grpc-js would resolve the proxy, not the service.
 *
 * `grpc.enable_retries` stays on although it costs 8 % of a call's CPU: without it grpc-js also gives up the transparent
 * retry of calls that a stopping server refuses unseen. In 60 graceful restarts of one of three servers that were still
 * listed, under 64 calls in flight, 851 calls failed without it and none with it.
 * @throws Error when `installBalancing()` has not been called: grpc-js would look for the target in DNS.
 */
export function discoveryChannelOptions(options: DiscoveryChannelOptions): ChannelOptions {
  if (!isInstalled()) {
    throw new Error('grpc-js does not know discovery channels yet: call installBalancing() first');
  }
  const {
    watcher,
    policy,
    connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS,
    channelOptions,
  } = options;
  return {
    'grpc.enable_channelz': 0,
    'grpc.keepalive_time_ms': 10_000,
    'grpc.keepalive_timeout_ms': 5_000,
    'grpc.max_reconnect_backoff_ms': 10_000,
    'grpc.enable_http_proxy': 0,
    ...channelOptions,
    [DISCOVERY_ARGS_KEY]: new DiscoveryArgs(watcher, policy, connectTimeoutMs),
  };
}

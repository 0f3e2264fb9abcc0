import type { ChannelOptions } from '@grpc/grpc-js';
import type { Watcher } from '@grpc-discovery/registry';
import { durationMsForm, isDurationMs } from '../policies/duration.js';
import { InvalidPolicyError, show } from '../policies/invalid-policy-error.js';
import { parsePolicy } from '../policies/policies.js';
import { SettingsReader } from '../policies/settings-reader.js';
import { isInstalled } from '../install.js';
import { DEFAULT_CONNECT_TIMEOUT_MS, DISCOVERY_ARGS_KEY, DiscoveryArgs } from './channel-args.js';
import { normalHealthWatch, type HealthWatchOptions } from './health-watch-options.js';
import { normalMassRemoval, type MassRemoval, type MassRemovalOptions } from './mass-removal.js';
import type { MethodOptionsByPath, RetryBudget } from './method-options.js';
import { compressionOption } from './compression.js';
import { checkedOwnConfig } from './own-config.js';
import type { PolicyConfig } from './policy-config.js';
import { PERMITTED_PINGS_MS } from './pings.js';
import type { SharedAddress } from './shared-address.js';
import type { ServiceConfigSource } from './service-config-source.js';

export interface DiscoveryChannelOptions {
  /** Tells the channel of the service's instances. It outlives the channel, and the channel does not close it. */
  readonly watcher: Pick<Watcher, 'watch'>;
  /**
   * How calls are spread over the instances. Goes before the `loadBalancingConfig` of a service config.
   * @default weightedRoundRobin()
   */
  readonly policy?: PolicyConfig;
  /**
   * How calls of certain methods are made. Each field goes before what a service config says; those of an rpc go before
   * those of its rpc service.
   * @default none
   */
  readonly methods?: MethodOptionsByPath;
  /** Bounds retries when many calls fail. Goes before the `retryThrottling` of a service config. @default none */
  readonly retryBudget?: RetryBudget;
  /**
   * Tells of the service config that the service publishes. It is applied live, without a new connection, and goes before
   * the channel option `grpc.service_config`. It outlives the channel.
   * @default none
   */
  readonly serviceConfig?: ServiceConfigSource;
  /**
   * Told once of each published config that can't be used; the last good one stays in use.
   * @default nothing happens
   */
  readonly onConfigError?: (error: Error, service: string) => void;
  /**
   * How long an attempt to connect to one instance may take, TCP, TLS and HTTP/2 together, before it is given up and a
   * new one starts. It matters for instances that accept and never answer.
   * @default 20_000, gRPC's minimum
   */
  readonly connectTimeoutMs?: number;
  /**
   * Whose health is watched (`grpc.health.v1`), over the connection that calls use: an instance that says it does not serve
   * gets no calls. `false` for none. A server without the health service is asked once per connection.
   * @default { service: '' }, the server as a whole
   */
  readonly health?: HealthWatchOptions | false;
  /**
   * What happens when most instances vanish from the registry within a short time: those that are connected are called on
   * for a bounded time, as a registry that was wiped, or that leases ran out in, says nothing of them.
   * @default { share: 0.5, windowMs: 5_000, holdMs: 30_000 }
   */
  readonly massRemoval?: MassRemovalOptions;
  /** Told of each mass removal that leaves instances which are called on. @default nothing happens */
  readonly onMassRemoval?: (removal: MassRemoval) => void;
  /**
   * Told of addresses that several instances have had for a minute: this channel can't tell such instances apart.
   * @default nothing happens
   */
  readonly onSharedAddresses?: (shared: readonly SharedAddress[]) => void;
  /** Further options of grpc-js. They go before the defaults listed at {@link discoveryChannelOptions}. */
  readonly channelOptions?: ChannelOptions;
}

/**
 * The grpc-js options of a channel that finds its instances by discovery.
 *
 * Defaults, besides what the options say:
 * - `grpc.enable_channelz: 0`: its book-keeping takes about 8 % of a call's CPU.
 * - `grpc.keepalive_time_ms: 10_000`, `grpc.keepalive_timeout_ms: 5_000`, `grpc.keepalive_permit_without_calls: 1`: an
 *   instance that hangs, or a network that swallows everything, is left after 15 s, whether it has calls or not. That is for
 *   instances with the label {@link PINGS_LABEL}. Others are pinged each 5 minutes, as servers on grpc's C core, Go or Java
 *   close a connection that has more. A time that is set here is for all.
 * - `grpc.max_reconnect_backoff_ms: 10_000` instead of 120 s: what the registry lists is tried often.
 * - `grpc.enable_http_proxy: 0`: with a proxy in the environment grpc-js would resolve the proxy, not the service.
 *
 * `grpc.enable_retries` stays on although it costs 8 % of a call's CPU: without it grpc-js also gives up the transparent
 * retry of calls that a stopping server refuses unseen. In 60 graceful restarts of one of three servers that were still
 * listed, under 64 calls in flight, 851 calls failed without it and none with it.
 * @throws InvalidPolicyError when a policy, an option of a method or a time can't work.
 * @throws Error when `installBalancing()` has not been called: grpc-js would look for the target in DNS.
 */
export function discoveryChannelOptions(options: DiscoveryChannelOptions): ChannelOptions {
  if (!isInstalled()) {
    throw new Error('grpc-js does not know discovery channels yet: call installBalancing() first');
  }
  assertKnownOptions(options);
  const { connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS, channelOptions, ...rest } = options;
  assertConnectTimeout(connectTimeoutMs);
  assertTimes(channelOptions ?? {});
  const { methods = {}, policy, retryBudget } = options;
  const own = checkedOwnConfig({ methods, policy, retryBudget });
  const health = normalHealthWatch(options.health);
  const massRemoval = normalMassRemoval(options.massRemoval);
  return {
    'grpc.enable_channelz': 0,
    'grpc.keepalive_time_ms': PERMITTED_PINGS_MS,
    'grpc.keepalive_timeout_ms': 5_000,
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.max_reconnect_backoff_ms': 10_000,
    'grpc.enable_http_proxy': 0,
    ...compressionOption(methods),
    ...channelOptions,
    [DISCOVERY_ARGS_KEY]: new DiscoveryArgs({
      ...rest,
      own,
      connectTimeoutMs,
      health,
      massRemoval,
      pingsAreTold: channelOptions?.['grpc.keepalive_time_ms'] !== undefined,
    }),
  };
}

const KNOWN: Readonly<Record<keyof DiscoveryChannelOptions, true>> = {
  watcher: true,
  policy: true,
  methods: true,
  retryBudget: true,
  serviceConfig: true,
  onConfigError: true,
  connectTimeoutMs: true,
  health: true,
  massRemoval: true,
  onMassRemoval: true,
  onSharedAddresses: true,
  channelOptions: true,
};

function assertKnownOptions(options: DiscoveryChannelOptions): void {
  const reader = new SettingsReader('channel', options, parsePolicy);
  for (const option of Object.keys(KNOWN)) reader.value(option);
  reader.refuseUnknown();
}

function assertConnectTimeout(value: number): void {
  if (isDurationMs(value)) return;
  const remedy = 'Leave it out for 20000.';
  const expected = durationMsForm();
  throw new InvalidPolicyError('channel', 'connectTimeoutMs', expected, show(value), remedy);
}

/** Those of grpc-js that become timers: one that is too long would fire at once, again and again. */
function assertTimes(options: ChannelOptions): void {
  for (const [name, value] of Object.entries(options)) {
    if (!name.endsWith('_ms') || value === undefined || isDurationMs(value, 0)) continue;
    const remedy = 'Leave it out for the default.';
    throw new InvalidPolicyError('channelOptions', name, durationMsForm(0), show(value), remedy);
  }
}

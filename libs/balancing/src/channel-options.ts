import type { ChannelOptions } from '@grpc/grpc-js';
import type { Watcher } from '@grpc-discovery/registry';
import { BalancerSettings, DEFAULT_CONNECT_TIMEOUT_MS } from './balancer/balancer-settings.js';
import {
  normalizeMassRemoval,
  type MassRemoval,
  type MassRemovalOptions,
} from './balancer/mass-removal-guard.js';
import { PERMITTED_PINGS_MS } from './balancer/subchannel-factory.js';
import { discoveryChannel } from './discovery-channel.js';
import { ChannelViewRef } from './explain/channel-view.js';
import {
  argOf,
  BALANCER_SETTINGS_KEY,
  CHANNEL_VIEW_KEY,
  RESOLVER_SETTINGS_KEY,
} from './grpc/channel-args.js';
import { normalizeHealthWatch, type HealthWatchOptions } from './health/health-watch.js';
import { isInstalled } from './install.js';
import type { SharedAddress } from './load/shared-addresses.js';
import { durationMsForm, isDurationMs } from './policies/duration.js';
import { InvalidPolicyError, show } from './policies/invalid-policy-error.js';
import { parsePolicy } from './policies/policies.js';
import type { PolicyConfig } from './policies/policy.js';
import { SettingsReader } from './policies/settings-reader.js';
import {
  assertMethodOptions,
  assertRetryBudget,
  compressionOf,
  compressionOption,
  type MethodOptionsByPath,
  type RetryBudget,
} from './resolver/method-options.js';
import {
  ResolverSettings,
  type OwnConfig,
  type ServiceConfigSource,
} from './resolver/resolver-settings.js';
import { ownServiceConfig } from './resolver/service-config.js';

export interface DiscoveryChannelOptions {
  /** Delivers the instances of the service. It outlives the channel, and the channel does not close it. */
  readonly watcher: Pick<Watcher, 'watch'>;
  /**
   * How calls are distributed over the instances. Overrides the `loadBalancingConfig` of a service config.
   * @default weightedRoundRobin()
   */
  readonly policy?: PolicyConfig;
  /**
   * Call settings by method. Each field overrides that of a service config. Fields of an rpc override those of its rpc
   * service.
   * @default none
   */
  readonly methods?: MethodOptionsByPath;
  /** Bounds retries when many calls fail. Overrides the `retryThrottling` of a service config. @default none */
  readonly retryBudget?: RetryBudget;
  /**
   * Delivers the service config that the service publishes. It is applied live, without a new connection, and overrides the
   * channel option `grpc.service_config`. The source outlives the channel.
   * @default none
   */
  readonly serviceConfig?: ServiceConfigSource;
  /**
   * Called once for each published config that is invalid. The last valid one stays in effect.
   * @default nothing happens
   */
  readonly onConfigError?: (error: Error, service: string) => void;
  /**
   * Time for an attempt to connect to one instance (TCP, TLS and HTTP/2 together), in milliseconds. After that a new attempt
   * starts. It matters for instances that accept connections and never answer.
   * @default 20_000, gRPC's minimum
   */
  readonly connectTimeoutMs?: number;
  /**
   * The service whose health is watched (`grpc.health.v1`), over the connection that calls use. An instance that reports that
   * it does not serve gets no calls. `false` to watch no health. A server without the health service is asked once per
   * connection.
   * @default { service: '' }, the server as a whole
   */
  readonly health?: HealthWatchOptions | false;
  /**
   * What happens if most instances vanish from the registry within a short time. The channel goes on calling those that are
   * connected for a bounded time, because a registry that was wiped, or in which leases expired, says nothing about them.
   * @default { share: 0.5, windowMs: 5_000, holdMs: 30_000 }
   */
  readonly massRemoval?: MassRemovalOptions;
  /** Called for each mass removal after which instances are held. @default nothing happens */
  readonly onMassRemoval?: (removal: MassRemoval) => void;
  /**
   * Called with addresses that several instances have shared for a minute: this channel can't distinguish such instances.
   * @default nothing happens
   */
  readonly onSharedAddresses?: (shared: readonly SharedAddress[]) => void;
  /** Further options of grpc-js. They override the defaults listed at {@link discoveryChannelOptions}. */
  readonly channelOptions?: ChannelOptions;
}

/**
 * The grpc-js options of a channel that finds its instances by discovery.
 *
 * Defaults that you can override with `channelOptions`:
 * - `grpc.enable_channelz: 0`: its bookkeeping takes about 8 % of a call's CPU.
 * - `grpc.keepalive_time_ms: 10_000`, `grpc.keepalive_timeout_ms: 5_000`, `grpc.keepalive_permit_without_calls: 1`: an
 *   instance that hangs, or a network that drops everything, is disconnected after 15 s, with or without calls. This applies
 *   to instances with the label {@link PINGS_LABEL}. Others are pinged every 5 minutes, because servers on gRPC's C core, Go
 *   or Java disconnect a client that pings more often. A time that you set here applies to all.
 * - `grpc.max_reconnect_backoff_ms: 10_000` instead of 120 s: the registry lists the instance, so frequent attempts pay off.
 * - `grpc.enable_http_proxy: 0`: with a proxy in the environment grpc-js would resolve the proxy, not the service.
 *
 * `grpc.enable_retries` stays on although it costs 8 % of a call's CPU: without it grpc-js also gives up the transparent
 * retry of calls that a stopping server refuses unseen. In 60 graceful restarts of one of three servers that were still
 * listed, under 64 calls in flight, 851 calls failed without it and none with it.
 * @throws InvalidPolicyError if a policy, an option of a method or a time is invalid.
 * @throws Error if `installBalancing()` has not been called: grpc-js would look up the target in DNS.
 */
export function discoveryChannelOptions(options: DiscoveryChannelOptions): ChannelOptions {
  if (!isInstalled()) {
    throw new Error(
      'Discovery channels are not registered with grpc-js: call installBalancing() first',
    );
  }
  assertKnownOptions(options);
  const { connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS, channelOptions, onMassRemoval } = options;
  assertConnectTimeout(connectTimeoutMs);
  assertTimes(channelOptions ?? {});
  const { methods = {}, policy, retryBudget } = options;
  const own = checkedOwnConfig({ methods, policy, retryBudget });
  const health = normalizeHealthWatch(options.health);
  const massRemoval = normalizeMassRemoval(options.massRemoval);
  const hasOwnPings = channelOptions?.['grpc.keepalive_time_ms'] !== undefined;
  return {
    'grpc.enable_channelz': 0,
    'grpc.keepalive_time_ms': PERMITTED_PINGS_MS,
    'grpc.keepalive_timeout_ms': 5_000,
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.max_reconnect_backoff_ms': 10_000,
    'grpc.enable_http_proxy': 0,
    ...compressionOption(methods),
    channelFactoryOverride: discoveryChannel,
    ...channelOptions,
    [RESOLVER_SETTINGS_KEY]: new ResolverSettings({ ...options, own }),
    [BALANCER_SETTINGS_KEY]: new BalancerSettings({
      connectTimeoutMs,
      hasOwnPings,
      health,
      massRemoval,
      onMassRemoval,
    }),
    [CHANNEL_VIEW_KEY]: new ChannelViewRef(),
  };
}

/**
 * Changes the call settings in a channel's options. An open channel applies them live, without a new connection.
 * @param options The options that the channel was made with. Options of any other channel are ignored.
 * @throws InvalidPolicyError if the settings are invalid. The channel then stays unchanged.
 */
export function updateOwnConfig(options: ChannelOptions, own: OwnConfig): void {
  argOf(options, RESOLVER_SETTINGS_KEY, ResolverSettings)?.changeOwn(checkedOwnConfig(own));
}

/** @throws InvalidPolicyError */
function checkedOwnConfig(own: OwnConfig): OwnConfig {
  assertMethodOptions(own.methods);
  compressionOf(own.methods);
  if (own.retryBudget) assertRetryBudget(own.retryBudget);
  ownServiceConfig(undefined, own);
  return own;
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

/** Checks the options of grpc-js that become timers: a timer that is too long fires at once, again and again. */
function assertTimes(options: ChannelOptions): void {
  for (const [name, value] of Object.entries(options)) {
    if (!name.endsWith('_ms') || value === undefined || isDurationMs(value, 0)) continue;
    const remedy = 'Leave it out for the default.';
    throw new InvalidPolicyError('channelOptions', name, durationMsForm(0), show(value), remedy);
  }
}

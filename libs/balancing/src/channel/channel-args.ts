import type { Metadata } from '@grpc/grpc-js';
import type { Watcher } from '@grpc-discovery/registry';
import { SUBCHANNEL_ARGS_EXCLUDE_KEY_PREFIX } from '../grpc/experimental.js';
import type { CallExplanation } from './call-explanation.js';
import type { ChannelDescription } from './channel-description.js';
import type { HealthWatchOptions } from './health-watch-options.js';
import type { MassRemoval, MassRemovalOptions } from './mass-removal.js';
import type { MethodOptionsByPath, RetryBudget } from './method-options.js';
import type { PolicyConfig } from './policy-config.js';
import type { SharedAddress } from './shared-address.js';
import type { ServiceConfigSource } from './service-config-source.js';

/**
 * Under this channel option the resolver and the policies find {@link DiscoveryArgs}. The prefix keeps it out of the
 * arguments of subchannels: any other key would be part of their identity.
 */
export const DISCOVERY_ARGS_KEY = `${SUBCHANNEL_ARGS_EXCLUDE_KEY_PREFIX}.discovery`;

/**
 * Resolver attribute beside an error: the registry answered and holds no instance. By gRPC's rule a policy keeps its
 * last list over a resolver error; with this attribute ours lets it go.
 */
export const NO_INSTANCE_KEY = `${SUBCHANNEL_ARGS_EXCLUDE_KEY_PREFIX}.discovery_no_instance`;

/** gRPC's minimum connect timeout. */
export const DEFAULT_CONNECT_TIMEOUT_MS = 20_000;

/** What a channel's options say of how its calls are made. */
export interface OwnConfig {
  readonly policy?: PolicyConfig | undefined;
  readonly methods: MethodOptionsByPath;
  readonly retryBudget?: RetryBudget | undefined;
}

interface DiscoveryArgsFields {
  readonly watcher: Pick<Watcher, 'watch'>;
  readonly connectTimeoutMs: number;
  /** Whether the application has said how often servers are pinged. @default true */
  readonly pingsAreTold?: boolean;
  readonly health?: Required<HealthWatchOptions> | undefined;
  readonly massRemoval?: Required<MassRemovalOptions> | undefined;
  readonly onMassRemoval?: ((removal: MassRemoval) => void) | undefined;
  readonly onSharedAddresses?: ((shared: readonly SharedAddress[]) => void) | undefined;
  readonly own?: OwnConfig;
  readonly serviceConfig?: ServiceConfigSource | undefined;
  readonly onConfigError?: ((error: Error, service: string) => void) | undefined;
}

/** How a channel tells of itself. */
export interface ChannelView {
  describe(): ChannelDescription;
  explain(method: string, metadata: Metadata): CallExplanation;
}

/** What a discovery channel knows beyond grpc-js's own options. */
export class DiscoveryArgs {
  /** Set by the balancer of the channel while there is one. */
  view: ChannelView | undefined;
  readonly watcher: Pick<Watcher, 'watch'>;
  readonly connectTimeoutMs: number;
  readonly pingsAreTold: boolean;
  readonly health: Required<HealthWatchOptions> | undefined;
  readonly massRemoval: Required<MassRemovalOptions> | undefined;
  readonly onMassRemoval: (removal: MassRemoval) => void;
  readonly onSharedAddresses: (shared: readonly SharedAddress[]) => void;
  readonly serviceConfig: ServiceConfigSource | undefined;
  readonly onConfigError: (error: Error, service: string) => void;
  private currentOwn: OwnConfig;
  private onOwnChange: (() => void) | undefined;

  constructor(fields: DiscoveryArgsFields) {
    this.watcher = fields.watcher;
    this.connectTimeoutMs = fields.connectTimeoutMs;
    this.pingsAreTold = fields.pingsAreTold ?? true;
    this.health = fields.health;
    this.massRemoval = fields.massRemoval;
    this.onMassRemoval = fields.onMassRemoval ?? (() => undefined);
    this.onSharedAddresses = fields.onSharedAddresses ?? (() => undefined);
    this.currentOwn = fields.own ?? { methods: {} };
    this.serviceConfig = fields.serviceConfig;
    this.onConfigError = fields.onConfigError ?? (() => undefined);
  }

  get own(): OwnConfig {
    return this.currentOwn;
  }

  changeOwn(own: OwnConfig): void {
    this.currentOwn = own;
    this.onOwnChange?.();
  }

  /** One listener: a channel has one resolver. */
  whenOwnChanges(listener: (() => void) | undefined): void {
    this.onOwnChange = listener;
  }

  /** grpc-js prints channel options as JSON when it traces; a watcher need not be printable. */
  toJSON(): object {
    const { own, connectTimeoutMs } = this;
    return { ...own, connectTimeoutMs };
  }
}

/** The arguments in a channel's options, or nothing when it was not made with `discoveryChannelOptions`. */
export function discoveryArgsOf(
  options: Readonly<Record<string, unknown>>,
): DiscoveryArgs | undefined {
  const args = options[DISCOVERY_ARGS_KEY];
  return args instanceof DiscoveryArgs ? args : undefined;
}

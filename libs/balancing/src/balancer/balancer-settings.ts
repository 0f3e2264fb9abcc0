import { argOf, BALANCER_SETTINGS_KEY } from '../grpc/channel-args.js';
import type { HealthWatchOptions } from '../health/health-watch.js';
import type { MassRemoval, MassRemovalOptions } from './mass-removal-guard.js';

/** gRPC's minimum connect timeout. */
export const DEFAULT_CONNECT_TIMEOUT_MS = 20_000;

/** A rule under which no removal is a mass removal. */
const TRUST_ALL = { share: 1, windowMs: 0, holdMs: 0 };

/** The balancer's part of a channel's options. */
export class BalancerSettings {
  readonly connectTimeoutMs: number = DEFAULT_CONNECT_TIMEOUT_MS;
  /** Whether the application sets the time between pings for all servers. */
  readonly hasOwnPings: boolean = true;
  /** Undefined if health is not watched. */
  readonly health: Required<HealthWatchOptions> | undefined = undefined;
  readonly massRemoval: Required<MassRemovalOptions> = TRUST_ALL;
  readonly onMassRemoval: ((removal: MassRemoval) => void) | undefined = undefined;

  constructor(settings: Partial<BalancerSettings> = {}) {
    Object.assign(this, settings);
  }

  /** The settings among a channel's arguments; defaults if another resolver feeds the balancer. */
  static of(args: Readonly<Record<string, unknown>>): BalancerSettings {
    return argOf(args, BALANCER_SETTINGS_KEY, BalancerSettings) ?? new BalancerSettings();
  }
}

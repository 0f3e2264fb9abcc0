import { parsePolicy } from '../policies/policies.js';
import type { Clock } from '../policies/policy.js';
import { SettingsReader } from '../policies/settings-reader.js';
import type { InstanceEndpoint } from '../resolver/instance-endpoints.js';
import { SlidingPeak, type Peak } from './sliding-peak.js';

export interface MassRemovalOptions {
  /**
   * A removal of a larger share of the instances than this is a mass removal. A removal that leaves none always is one; a
   * removal of one instance among several never is. 0 to 1.
   * @default 0.5
   */
  readonly share?: number;
  /**
   * Removals within this time count as one, in milliseconds: the list is compared with its largest size in this time. 0
   * compares each update only with the previous one.
   * @default 5_000, twice the longest pause between two lease keepalives: leases that are lost together expire within one
   * pause
   */
  readonly windowMs?: number;
  /**
   * How long the channel goes on calling connected instances that a mass removal removed, in milliseconds. 0 drops them at
   * once.
   * @default 30_000, twice the time after which an instance that answers no ping is disconnected
   */
  readonly holdMs?: number;
}

/** A mass removal, as reported to the application. */
export interface MassRemoval {
  /** Number of instances that are held. Instances removed during the hold will be held as well. */
  readonly held: number;
  /** The largest number of instances listed within the last `windowMs`. */
  readonly before: number;
  /** Number of instances listed now. */
  readonly after: number;
  /** Longest duration of the hold, in milliseconds. */
  readonly holdMs: number;
}

/** @throws InvalidPolicyError */
export function normalizeMassRemoval(
  options: MassRemovalOptions = {},
): Required<MassRemovalOptions> {
  const reader = new SettingsReader('massRemoval', options, parsePolicy);
  const share = reader.number('share', { min: 0, max: 1, remedy: 'Use 0.5 for a half.' }) ?? 0.5;
  const times = { min: 0, max: 3_600_000, remedy: 'It is a time in milliseconds, such as 5000.' };
  const windowMs = reader.number('windowMs', times) ?? 5_000;
  const holdMs = reader.number('holdMs', times) ?? 30_000;
  reader.refuseUnknown();
  return { share, windowMs, holdMs };
}

/** Whether a removal of this size is more likely to come from a broken registry than from instances that stop. */
export function isMassRemoval(before: number, after: number, share: number): boolean {
  const gone = before - after;
  if (after === 0) return before > 0;
  return gone >= 2 && gone > before * share;
}

type GuardState =
  | { readonly kind: 'trusting' }
  /** The registry has lost instances that are still connected. */
  | {
      readonly kind: 'holding';
      readonly held: readonly InstanceEndpoint[];
      /** Ends the hold. */
      readonly timer: NodeJS.Timeout;
      /** Runs while held instances get no calls. */
      readonly pause: NodeJS.Timeout | undefined;
    };

/**
 * After a held instance closes, the other held instances get no calls for this time, in milliseconds. Instances that stop
 * together report it within this time, and grpc-js retries a call that its server refused unseen only once: a second
 * refusal would fail the call.
 */
const PAUSE_MS = 250;

const trusting: GuardState = { kind: 'trusting' };

/** The balancer, as the guard sees it. */
interface GuardOwner {
  isReady(endpoint: InstanceEndpoint): boolean;
  /** Called when a timer has changed the endpoints. */
  endpointsChanged(): void;
  /** Called when a mass removal begins. */
  massRemoved(removal: MassRemoval): void;
}

/**
 * Removals take effect at once, with one exception: if most of the list vanishes within a short time, the channel goes on
 * calling the vanished instances that are connected, for a bounded time (compare Envoy's panic threshold). Their connection
 * is the better evidence: a registry that was wiped, or in which all leases expired during a partition, says nothing about
 * the instances. Instances that really stop send GOAWAY, lose their connection or stop answering pings, and are dropped at
 * that moment.
 *
 * Leases that expire during a partition expire one by one, since each was last renewed at another time. The list is therefore
 * compared with its largest size in a sliding window. Instances removed before the removal became a mass removal stay
 * removed.
 */
export class MassRemovalGuard {
  /** Number of mass removals so far. */
  massRemovals = 0;
  private state: GuardState = trusting;
  private listed: readonly InstanceEndpoint[] = [];
  /** Sizes of the list without held instances: replacing instances one for one does not change it. */
  private readonly sizes: SlidingPeak;
  /** The peak from which the list fell in the mass removal reported last. */
  private reportedPeak: Peak | undefined;

  constructor(
    private readonly rule: Required<MassRemovalOptions>,
    private readonly owner: GuardOwner,
    clock: Clock,
  ) {
    this.sizes = new SlidingPeak(rule.windowMs, clock);
  }

  isHeld(endpoint: InstanceEndpoint): boolean {
    return this.state.kind === 'holding' && this.state.held.includes(endpoint);
  }

  /** The endpoints to connect to: listed and held ones. */
  get endpoints(): readonly InstanceEndpoint[] {
    return this.state.kind === 'holding' ? [...this.listed, ...this.state.held] : this.listed;
  }

  /** The {@link endpoints} that get calls: without held ones during a pause, if a listed one is ready. */
  get called(): readonly InstanceEndpoint[] {
    const isPaused = this.state.kind === 'holding' && this.state.pause !== undefined;
    const canServe = isPaused && this.listed.some((endpoint) => this.owner.isReady(endpoint));
    return canServe ? this.listed : this.endpoints;
  }

  /** Applies a list of the registry. */
  list(listed: readonly InstanceEndpoint[]): void {
    const { endpoints: before, state, rule } = this;
    const { peak } = this.sizes;
    this.listed = listed;
    this.sizes.set(listed.length);
    const isMass = isMassRemoval(peak.size, listed.length, rule.share);
    if (state.kind === 'trusting' && (!isMass || rule.holdMs === 0)) return;
    const addresses = new Set(listed.map(({ instance }) => instance.address));
    const gone = before.filter(({ instance }) => !addresses.has(instance.address));
    this.hold(gone.filter((endpoint) => this.owner.isReady(endpoint)));
    if (state.kind === 'trusting') this.report(peak);
  }

  /** Drops held instances that are no longer connected. @returns whether {@link called} may have changed. */
  review(): boolean {
    if (this.state.kind === 'trusting') return false;
    const { held, pause } = this.state;
    const ready = held.filter((endpoint) => this.owner.isReady(endpoint));
    if (ready.length === held.length) return pause !== undefined;
    this.hold(ready);
    this.pause();
    return true;
  }

  stop(): void {
    if (this.state.kind === 'holding') {
      clearTimeout(this.state.timer);
      clearTimeout(this.state.pause);
    }
    this.state = trusting;
  }

  private hold(held: readonly InstanceEndpoint[]): void {
    if (held.length === 0) return this.stop();
    // The time runs from the first removal, whatever else is removed meanwhile.
    if (this.state.kind === 'holding') this.state = { ...this.state, held };
    else this.state = { kind: 'holding', held, timer: this.startTimer(), pause: undefined };
  }

  /** Reports each mass removal once: all held instances may close before the next one of the same mass removal is removed. */
  private report(peak: Peak): void {
    if (this.state.kind !== 'holding' || peak === this.reportedPeak) return;
    this.reportedPeak = peak;
    this.massRemovals += 1;
    const held = this.state.held.length;
    const { holdMs } = this.rule;
    this.owner.massRemoved({ held, before: peak.size, after: this.listed.length, holdMs });
  }

  private startTimer(): NodeJS.Timeout {
    return setTimeout(() => {
      this.stop();
      // The registry has had its time: from now on its lists are compared with the current one.
      this.sizes.forget();
      this.owner.endpointsChanged();
    }, this.rule.holdMs).unref();
  }

  private pause(): void {
    if (this.state.kind === 'trusting') return;
    clearTimeout(this.state.pause);
    const pause = setTimeout(() => this.endPause(), PAUSE_MS).unref();
    this.state = { ...this.state, pause };
  }

  private endPause(): void {
    if (this.state.kind === 'trusting') return;
    this.state = { ...this.state, pause: undefined };
    this.owner.endpointsChanged();
  }
}

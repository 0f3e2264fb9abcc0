import type { InstanceEndpoint } from '../channel/instance-endpoint.js';
import {
  isMassRemoval,
  type MassRemoval,
  type MassRemovalOptions,
} from '../channel/mass-removal.js';
import { SlidingPeak, type Peak } from './sliding-peak.js';

type HoldState =
  | { readonly kind: 'trusting' }
  /** The registry has lost instances that are connected. */
  | {
      readonly kind: 'doubting';
      readonly held: readonly InstanceEndpoint[];
      readonly timer: NodeJS.Timeout;
      /** Runs while those that are held get no calls. */
      readonly rest: NodeJS.Timeout | undefined;
    };

/**
 * For so long after one that was held has closed, the others get no calls, in milliseconds. Instances that stop together
 * say so within this time, and grpc-js retries a call unseen by its server only once: a second one that refuses it would
 * fail it.
 */
const REST_MS = 250;

const trusting: HoldState = { kind: 'trusting' };

/** What endpoints that are held need to know of their channel. */
export interface HoldOwner {
  isReady(endpoint: InstanceEndpoint): boolean;
  /** The endpoints have changed by themselves. */
  endpointsChanged(): void;
  /** A mass removal has begun. */
  doubted(removal: MassRemoval): void;
}

/**
 * A removal is believed at once, but for one: when most of a list vanishes within a short time, those of it that are
 * connected are called on for a bounded time. Their connection is the better evidence: a registry that was wiped, or whose
 * leases all ran out in a partition, says nothing of the instances. Those that really stop say so by GOAWAY, or by a
 * connection that breaks or answers no ping, and are let go at that moment.
 *
 * Leases that run out in a partition end one by one, as each was last kept alive at another time. A list is therefore held
 * against the largest one of a sliding window. What went before most had gone stays gone.
 */
export class HeldEndpoints {
  /** How many mass removals there were. */
  doubts = 0;
  private state: HoldState = trusting;
  private listed: readonly InstanceEndpoint[] = [];
  /** Of the list without those that are held: instances that are replaced one for one leave it as it is. */
  private readonly sizes: SlidingPeak;
  /** From which the list fell in the mass removal that was told of last. */
  private toldOf: Peak | undefined;

  constructor(
    private readonly rule: Required<MassRemovalOptions>,
    private readonly owner: HoldOwner,
    now: () => number,
  ) {
    this.sizes = new SlidingPeak(rule.windowMs, now);
  }

  get count(): number {
    return this.state.kind === 'doubting' ? this.state.held.length : 0;
  }

  isHeld(endpoint: InstanceEndpoint): boolean {
    return this.state.kind === 'doubting' && this.state.held.includes(endpoint);
  }

  /** The endpoints to use: those that are listed now, and those that are held. */
  get endpoints(): readonly InstanceEndpoint[] {
    return this.state.kind === 'doubting' ? [...this.listed, ...this.state.held] : this.listed;
  }

  /** Those of {@link endpoints} that calls go to. */
  get called(): readonly InstanceEndpoint[] {
    const isResting = this.state.kind === 'doubting' && this.state.rest !== undefined;
    const canServe = isResting && this.listed.some((endpoint) => this.owner.isReady(endpoint));
    return canServe ? this.listed : this.endpoints;
  }

  /** Takes over a list. */
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
    if (state.kind === 'trusting' && this.count > 0) this.tell(peak);
  }

  /** Lets go of those that are no longer connected. @returns whether {@link called} may have changed. */
  review(): boolean {
    if (this.state.kind === 'trusting') return false;
    const { held, rest } = this.state;
    const ready = held.filter((endpoint) => this.owner.isReady(endpoint));
    if (ready.length === held.length) return rest !== undefined;
    this.hold(ready);
    this.rest();
    return true;
  }

  stop(): void {
    if (this.state.kind === 'doubting') {
      clearTimeout(this.state.timer);
      clearTimeout(this.state.rest);
    }
    this.state = trusting;
  }

  private hold(held: readonly InstanceEndpoint[]): void {
    if (held.length === 0) return this.stop();
    // The bound counts from the first removal, whatever else goes while it runs.
    if (this.state.kind === 'doubting') this.state = { ...this.state, held };
    else this.state = { kind: 'doubting', held, timer: this.startTimer(), rest: undefined };
  }

  /** Once of each: those that are held may all close before the next one of the same mass removal goes. */
  private tell(peak: Peak): void {
    if (peak === this.toldOf) return;
    this.toldOf = peak;
    this.doubts += 1;
    const { holdMs } = this.rule;
    const after = this.listed.length;
    this.owner.doubted({ held: this.count, before: peak.size, after, holdMs });
  }

  private startTimer(): NodeJS.Timeout {
    return setTimeout(() => {
      this.stop();
      // The registry has had its time: what it says from now on is held against what it says now.
      this.sizes.forget();
      this.owner.endpointsChanged();
    }, this.rule.holdMs).unref();
  }

  private rest(): void {
    if (this.state.kind === 'trusting') return;
    clearTimeout(this.state.rest);
    const rest = setTimeout(() => this.endRest(), REST_MS).unref();
    this.state = { ...this.state, rest };
  }

  private endRest(): void {
    if (this.state.kind === 'trusting') return;
    this.state = { ...this.state, rest: undefined };
    this.owner.endpointsChanged();
  }
}

import type { InstanceEndpoint } from '../channel/instance-endpoint.js';
import {
  isMassRemoval,
  type MassRemoval,
  type MassRemovalOptions,
} from '../channel/mass-removal.js';

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
 * A removal is believed at once, but for one: when most of a list vanishes in one update, those of it that are connected
 * are called on for a bounded time. Their connection is the better evidence: a registry that was wiped, or whose leases
 * all ran out in a partition, says nothing of the instances. Those that really stop say so by GOAWAY, or by a connection
 * that breaks or answers no ping, and are let go at that moment.
 */
export class HeldEndpoints {
  /** How many mass removals there were. */
  doubts = 0;
  private state: HoldState = trusting;
  private listed: readonly InstanceEndpoint[] = [];

  constructor(
    private readonly rule: Required<MassRemovalOptions>,
    private readonly owner: HoldOwner,
  ) {}

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
    this.listed = listed;
    const isMass = isMassRemoval(before.length, listed.length, rule.share);
    if (state.kind === 'trusting' && (!isMass || rule.holdMs === 0)) return;
    const addresses = new Set(listed.map(({ instance }) => instance.address));
    const gone = before.filter(({ instance }) => !addresses.has(instance.address));
    this.hold(gone.filter((endpoint) => this.owner.isReady(endpoint)));
    if (state.kind === 'doubting' || this.count === 0) return;
    this.doubts += 1;
    const { holdMs } = rule;
    const after = listed.length;
    this.owner.doubted({ held: this.count, before: before.length, after, holdMs });
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

  private startTimer(): NodeJS.Timeout {
    return setTimeout(() => {
      this.stop();
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

import type { LeaseDescription } from '../../registry-description.js';
import type { Clock, Random, Timer } from '../../timing/clock.js';
import { EtcdFailure } from '../client/etcd-failure.js';
import type { EtcdSession } from '../session/etcd-session.js';
import { KeepAliveLoop } from './keep-alive-loop.js';

/** The lease that all registrations of a process share. Times are milliseconds of a monotonic clock. */
export type LeaseState =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'held';
      readonly id: string;
      readonly ttlMs: number;
      /** Until when etcd surely keeps the lease: one TTL after the last answer was asked for. */
      readonly aliveUntil: number;
    }
  /** Nothing is granted any more. */
  | { readonly kind: 'closed' };

export type LeaseEvent =
  | {
      readonly kind: 'granted';
      readonly id: string;
      readonly ttlMs: number;
      readonly askedAt: number;
    }
  /** A keepalive was answered; `ttlMs` of 0 and less means that etcd knows the lease no more. */
  | {
      readonly kind: 'answered';
      readonly id: string;
      readonly ttlMs: number;
      readonly askedAt: number;
    }
  | { readonly kind: 'time-passed'; readonly now: number }
  /** A put was refused because the lease does not exist, or the lease was revoked by us. */
  | { readonly kind: 'gone'; readonly id: string }
  | { readonly kind: 'closed' };

/** The only place where the state of the lease changes. */
export function leaseTransition(state: LeaseState, event: LeaseEvent): LeaseState {
  if (state.kind === 'closed') return state;
  switch (event.kind) {
    case 'closed':
      return { kind: 'closed' };
    case 'granted': {
      const { id, ttlMs, askedAt } = event;
      return { kind: 'held', id, ttlMs, aliveUntil: askedAt + ttlMs };
    }
    case 'answered':
      // An answer for an earlier lease says nothing about this one.
      if (state.kind !== 'held' || state.id !== event.id) return state;
      if (event.ttlMs <= 0) return { kind: 'none' };
      return { ...state, aliveUntil: Math.max(state.aliveUntil, event.askedAt + event.ttlMs) };
    case 'time-passed':
      return state.kind === 'held' && event.now >= state.aliveUntil ? { kind: 'none' } : state;
    case 'gone':
      return state.kind === 'held' && state.id === event.id ? { kind: 'none' } : state;
  }
}

/** Bound of a revoke: a shutdown waits for it. */
const REVOKE_MS = 1_000;
/** How many leases that were granted are remembered, to know our own entries again. */
const MOST_REMEMBERED = 100;

export interface LeaseKeeperOptions {
  readonly session: EtcdSession;
  readonly clock: Clock;
  readonly random: Random;
  readonly ttlSeconds: number;
  /** Called when the lease that was held is no more, not by a wish of ours. */
  readonly onLost: () => void;
}

/** Grants one lease when it is asked for, keeps it alive and tells when it was lost. It never grants by itself. */
export class LeaseKeeper {
  private state: LeaseState = { kind: 'none' };
  private loop: KeepAliveLoop | undefined;
  private expiry: Timer | undefined;
  private readonly granted: string[] = [];
  /** A lease that is to be revoked until etcd has confirmed it: its keys would stay for a TTL. */
  private unrevoked: string | undefined;

  constructor(private readonly options: LeaseKeeperOptions) {}

  describe(): LeaseDescription {
    const { state } = this;
    if (state.kind !== 'held') return { kind: state.kind };
    const now = this.options.clock.now();
    const { ttlMs, aliveUntil } = state;
    return {
      kind: 'held',
      ttlMs,
      confirmedAgoMs: now - (aliveUntil - ttlMs),
      leftMs: Math.max(0, aliveUntil - now),
    };
  }

  /** The lease that is held, if any. */
  get id(): string | undefined {
    return this.state.kind === 'held' ? this.state.id : undefined;
  }

  /** Whether this lease is the one that is held. */
  holds(id: string): boolean {
    return this.state.kind === 'held' && this.state.id === id;
  }

  /** Whether this process was granted the lease, now or before. */
  wasGranted(id: string): boolean {
    return this.granted.includes(id);
  }

  /**
   * The lease that is held, or else a new one. Called by one caller at a time.
   * @throws EtcdFailure
   */
  async acquire(): Promise<string> {
    if (this.state.kind === 'held') return this.state.id;
    const { session, clock, ttlSeconds } = this.options;
    let askedAt = clock.now();
    const grant = await session.call(
      (connection, timeoutMs) => {
        askedAt = clock.now();
        return connection.grant(ttlSeconds, timeoutMs);
      },
      { urgent: true },
    );
    this.granted.push(grant.id);
    if (this.granted.length > MOST_REMEMBERED) this.granted.shift();
    this.dispatch({ kind: 'granted', id: grant.id, ttlMs: grant.ttlSeconds * 1000, askedAt });
    // Closed meanwhile: the lease was never used and runs out by itself.
    if (!this.holds(grant.id)) throw new EtcdFailure('closed', 'the registrar was closed');
    return grant.id;
  }

  /** A put was refused with this lease. */
  refused(id: string): void {
    this.dispatch({ kind: 'gone', id });
  }

  /**
   * Revokes the lease and with it deletes every key on it, within 1 s. What has failed is taken up by the next call.
   * @returns whether there was a lease to revoke
   * @throws EtcdFailure
   */
  async revoke(): Promise<boolean> {
    if (this.state.kind === 'held') {
      const { id } = this.state;
      this.unrevoked = id;
      // Forgotten first, so that its end is not taken for a loss.
      this.move(leaseTransition(this.state, { kind: 'gone', id }));
    }
    return await this.revokePending();
  }

  /** As {@link revoke}, and nothing is granted any more. */
  async close(): Promise<void> {
    if (this.state.kind === 'held') this.unrevoked = this.state.id;
    this.move(leaseTransition(this.state, { kind: 'closed' }));
    await this.revokePending();
  }

  private async revokePending(): Promise<boolean> {
    const id = this.unrevoked;
    if (id === undefined) return false;
    await this.revokeId(id);
    if (this.unrevoked === id) this.unrevoked = undefined;
    return true;
  }

  private async revokeId(id: string): Promise<void> {
    const limits = { tryMs: REVOKE_MS, budgetMs: REVOKE_MS, waits: false, urgent: true };
    try {
      await this.options.session.call((each, timeoutMs) => each.revoke(id, timeoutMs), limits);
    } catch (error) {
      // It has run out already: that is what was wanted.
      if (!(error instanceof EtcdFailure && error.kind === 'lease-not-found')) throw error;
    }
  }

  private dispatch(event: LeaseEvent): void {
    const before = this.state;
    this.move(leaseTransition(before, event));
    if (before.kind === 'held' && this.state.kind === 'none') this.options.onLost();
  }

  /** Timers and streams belong to the lease that is held and go with it. */
  private move(next: LeaseState): void {
    const before = this.state;
    this.state = next;
    const id = next.kind === 'held' ? next.id : undefined;
    if (before.kind === 'held' && before.id !== id) this.loop?.stop();
    this.expiry?.cancel();
    this.expiry = undefined;
    if (next.kind !== 'held') return;
    const { clock, session, random } = this.options;
    this.expiry = clock.after(Math.max(0, next.aliveUntil - clock.now()), () =>
      this.dispatch({ kind: 'time-passed', now: clock.now() }),
    );
    if (before.kind === 'held' && before.id === next.id) return;
    const { id: leaseId, ttlMs, aliveUntil } = next;
    this.loop = new KeepAliveLoop(
      { session, clock, random, leaseId, ttlMs, aliveUntil },
      (answer) => this.dispatch({ kind: 'answered', id: leaseId, ...answer }),
    );
  }
}

import type { LeaseDescription } from '../../registry-description.js';
import type { Timer } from '../../timing/clock.js';
import { EtcdFailure } from '../client/etcd-failure.js';
import type { EtcdContext } from '../watch/etcd-context.js';
import { KeepAliveLoop } from './keep-alive-loop.js';

/** The lease that all registrations of a process share. Times are milliseconds of a monotonic clock. */
export type LeaseState =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'held';
      readonly id: string;
      readonly ttlMs: number;
      /** Clock time until which etcd certainly keeps the lease: one TTL after the last answered request was sent. */
      readonly aliveUntil: number;
    }
  /** No lease is granted any more. */
  | { readonly kind: 'closed' };

export type LeaseEvent =
  | {
      readonly kind: 'granted';
      readonly id: string;
      readonly ttlMs: number;
      readonly askedAt: number;
    }
  /** A keepalive was answered; `ttlMs` of 0 or less means that etcd no longer knows the lease. */
  | {
      readonly kind: 'answered';
      readonly id: string;
      readonly ttlMs: number;
      readonly askedAt: number;
    }
  | { readonly kind: 'time-passed'; readonly now: number }
  /** A put was refused because the lease does not exist, or this process revoked it. */
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
      // An answer for an earlier lease proves nothing about this one.
      if (state.kind !== 'held' || state.id !== event.id) return state;
      if (event.ttlMs <= 0) return { kind: 'none' };
      return { ...state, aliveUntil: Math.max(state.aliveUntil, event.askedAt + event.ttlMs) };
    case 'time-passed':
      return state.kind === 'held' && event.now >= state.aliveUntil ? { kind: 'none' } : state;
    case 'gone':
      return state.kind === 'held' && state.id === event.id ? { kind: 'none' } : state;
  }
}

/** Time limit of a revoke in milliseconds: a shutdown waits for it. */
const REVOKE_MS = 1_000;
/** Number of granted leases to remember, to recognise the entries of this process. */
const MOST_REMEMBERED = 100;

/** Grants one lease on request, keeps it alive and reports its loss. It never grants one on its own. */
export class LeaseKeeper {
  private state: LeaseState = { kind: 'none' };
  private loop: KeepAliveLoop | undefined;
  private expiry: Timer | undefined;
  private readonly granted: string[] = [];
  /** A lease to revoke, until etcd confirms it: otherwise its keys stay for a TTL. */
  private unrevoked: string | undefined;

  /** @param onLost Called when the lease was lost unexpectedly. */
  constructor(
    private readonly context: Pick<EtcdContext, 'session' | 'clock' | 'random'>,
    private readonly ttlSeconds: number,
    private readonly onLost: () => void,
  ) {}

  describe(): LeaseDescription {
    const { state } = this;
    if (state.kind !== 'held') return { kind: state.kind };
    const now = this.context.clock.now();
    const { ttlMs, aliveUntil } = state;
    return {
      kind: 'held',
      ttlMs,
      confirmedAgoMs: now - (aliveUntil - ttlMs),
      leftMs: Math.max(0, aliveUntil - now),
    };
  }

  /** Id of the current lease, if any. */
  get id(): string | undefined {
    return this.state.kind === 'held' ? this.state.id : undefined;
  }

  /** Whether this is the current lease. */
  holds(id: string): boolean {
    return this.state.kind === 'held' && this.state.id === id;
  }

  /** Whether this process was granted the lease, now or before. */
  wasGranted(id: string): boolean {
    return this.granted.includes(id);
  }

  /**
   * Returns the current lease or grants a new one. Only one caller at a time may call it.
   * @throws EtcdFailure
   */
  async acquire(): Promise<string> {
    if (this.state.kind === 'held') return this.state.id;
    const { session, clock } = this.context;
    let askedAt = clock.now();
    const grant = await session.call(
      (connection, timeoutMs) => {
        askedAt = clock.now();
        return connection.grant(this.ttlSeconds, timeoutMs);
      },
      { urgent: true },
    );
    this.granted.push(grant.id);
    if (this.granted.length > MOST_REMEMBERED) this.granted.shift();
    this.dispatch({ kind: 'granted', id: grant.id, ttlMs: grant.ttlSeconds * 1000, askedAt });
    // Closed in the meantime: the lease was never used and expires.
    if (!this.holds(grant.id)) throw new EtcdFailure('closed', 'the registrar was closed');
    return grant.id;
  }

  /** A put was refused with this lease. */
  refused(id: string): void {
    this.dispatch({ kind: 'gone', id });
  }

  /**
   * Revokes the lease, which deletes all of its keys, within 1 s. The next call retries a failed revoke.
   * @returns whether there was a lease to revoke
   * @throws EtcdFailure
   */
  async revoke(): Promise<boolean> {
    if (this.state.kind === 'held') {
      const { id } = this.state;
      this.unrevoked = id;
      // Cleared first, so that its end does not count as a loss.
      this.move(leaseTransition(this.state, { kind: 'gone', id }));
    }
    return await this.revokePending();
  }

  /** As {@link revoke}; no lease is granted afterwards. */
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
      await this.context.session.call((each, timeoutMs) => each.revoke(id, timeoutMs), limits);
    } catch (error) {
      // The lease has already expired, which is the goal.
      if (!(error instanceof EtcdFailure && error.kind === 'lease-not-found')) throw error;
    }
  }

  private dispatch(event: LeaseEvent): void {
    const before = this.state;
    this.move(leaseTransition(before, event));
    if (before.kind === 'held' && this.state.kind === 'none') this.onLost();
  }

  /** Timers and streams belong to the current lease and end with it. */
  private move(next: LeaseState): void {
    const before = this.state;
    this.state = next;
    const id = next.kind === 'held' ? next.id : undefined;
    if (before.kind === 'held' && before.id !== id) this.loop?.stop();
    this.expiry?.cancel();
    this.expiry = undefined;
    if (next.kind !== 'held') return;
    const { clock } = this.context;
    this.expiry = clock.after(Math.max(0, next.aliveUntil - clock.now()), () =>
      this.dispatch({ kind: 'time-passed', now: clock.now() }),
    );
    if (before.kind === 'held' && before.id === next.id) return;
    const { id: leaseId, ttlMs, aliveUntil } = next;
    this.loop = new KeepAliveLoop(this.context, { leaseId, ttlMs, aliveUntil }, (answer) =>
      this.dispatch({ kind: 'answered', id: leaseId, ...answer }),
    );
  }
}

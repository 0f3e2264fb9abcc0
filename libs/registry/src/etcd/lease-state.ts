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

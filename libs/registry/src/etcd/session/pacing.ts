import { Backoff, Deferred } from '../../timing/wait.js';
import type { Random } from '../../timing/clock.js';
import type { EtcdFailure } from '../client/etcd-failure.js';

/** Limits the calls in flight; the others wait in order. */
export class CallSlots {
  private readonly waiting: Deferred<void>[] = [];

  constructor(private free: number) {}

  async use<T>(run: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await this.next();
    try {
      return await run();
    } finally {
      const next = this.waiting.shift();
      if (next) next.resolve();
      else this.free++;
    }
  }

  private next(): Promise<void> {
    const turn = new Deferred<void>();
    this.waiting.push(turn);
    return turn.promise;
  }
}

const MIN_MS = 1_000;
/** Roles and passwords are corrected by people, and rarely. */
const LONG_MAX_MS = 30_000;
/** A full store and certificates are corrected during operation, and everything must recover within 5 s of that. */
const SHORT_MAX_MS = 4_000;

/** Pauses after a refusal: long, or shorter if the cause is known to pass. */
export class RefusalBackoff {
  private readonly long: Backoff;
  private readonly short: Backoff;

  constructor(random: Random) {
    this.long = new Backoff(MIN_MS, LONG_MAX_MS, random);
    this.short = new Backoff(MIN_MS, SHORT_MAX_MS, random);
  }

  /** The next pause in milliseconds. */
  next({ kind }: EtcdFailure): number {
    return (kind === 'refused' || kind === 'unknown-user' ? this.long : this.short).next();
  }

  reset(): void {
    this.long.reset();
    this.short.reset();
  }
}

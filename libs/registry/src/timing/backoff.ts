import type { Random } from './clock.js';

/** Growing pauses between tries, with jitter so that many processes don't retry in step. */
export class Backoff {
  private tries = 0;

  /** @param minMs First pause. @param maxMs Longest pause. */
  constructor(
    private readonly minMs: number,
    private readonly maxMs: number,
    private readonly random: Random,
  ) {}

  /** The next pause in milliseconds: doubled each time, ± 25 %, never below `minMs` nor above `maxMs`. */
  next(): number {
    const base = Math.min(this.maxMs, this.minMs * 2 ** Math.min(this.tries++, 30));
    const jittered = base * (0.75 + 0.5 * this.random());
    return Math.min(this.maxMs, Math.max(this.minMs, jittered));
  }

  reset(): void {
    this.tries = 0;
  }
}

import { Backoff } from '../../timing/backoff.js';
import type { Clock, Random, Timer } from '../../timing/clock.js';
import { Deferred } from '../../timing/wait.js';

/** Time without a disturbance, in milliseconds, after which the next one wakes the loop at once again. */
const CALM_MS = 5_000;

/** Wakes one loop when there is work: at once, later, or at a bounded rate for repeated disturbances. */
export class WorkSignal {
  private pending = new Deferred<void>();
  private timer: Timer | undefined;
  private dueAt = Infinity;
  private lastDisturbedAt = -Infinity;
  private readonly pace: Backoff;

  constructor(
    private readonly clock: Clock,
    random: Random,
  ) {
    this.pace = new Backoff(200, 5_000, random);
  }

  /** Resolves when there is work, at once if there already is. */
  async next(): Promise<void> {
    await this.pending.promise;
    this.pending = new Deferred();
  }

  wake(): void {
    this.pending.resolve();
  }

  /** Wakes the loop after a delay, or sooner if that is already due. */
  wakeAfter(delayMs: number): void {
    const dueAt = this.clock.now() + delayMs;
    if (dueAt >= this.dueAt) return;
    this.timer?.cancel();
    this.dueAt = dueAt;
    this.timer = this.clock.after(delayMs, () => {
      this.dueAt = Infinity;
      this.wake();
    });
  }

  /**
   * Wakes the loop because of an outside change: at once the first time, then with backoff. Two processes that write the same key
   * must not do so as fast as they can.
   */
  wakePaced(): void {
    const now = this.clock.now();
    const calm = now - this.lastDisturbedAt > CALM_MS;
    this.lastDisturbedAt = now;
    if (calm) this.pace.reset();
    if (calm) this.wake();
    else if (this.dueAt === Infinity) this.wakeAfter(this.pace.next());
  }

  close(): void {
    this.timer?.cancel();
  }
}

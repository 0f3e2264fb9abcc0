import type { Clock } from '../policies/policy.js';

/** A size that a list had for some time. The same size at another time is another object. */
export interface Peak {
  readonly size: number;
}

interface Step extends Peak {
  /** When the list got another size. */
  until: number;
}

/**
 * The largest size of a list within the last `windowMs`: a sliding-window maximum, kept as a queue of falling sizes. The size
 * in effect when the window began counts, however old it is. Each size enters and leaves the queue once, and the queue is
 * never longer than the list at its peak.
 */
export class SlidingPeak {
  /** Sizes before the current one, oldest first, each larger than the next: a size before a larger one is no peak. */
  private readonly falling: Step[] = [];
  private current: Step = { size: 0, until: Infinity };

  constructor(
    private readonly windowMs: number,
    private readonly clock: Clock,
  ) {}

  /** At least the current size; exactly the current size with a window of 0 ms. */
  get peak(): Peak {
    const start = this.clock.now() - this.windowMs;
    while (this.falling[0] && this.falling[0].until <= start) this.falling.shift();
    return this.falling[0] ?? this.current;
  }

  /** Sets the current size. */
  set(size: number): void {
    if (size === this.current.size) return;
    this.current.until = this.clock.now();
    this.falling.push(this.current);
    while ((this.falling.at(-1)?.size ?? Infinity) <= size) this.falling.pop();
    this.current = { size, until: Infinity };
  }

  /** Makes the current size the peak. */
  forget(): void {
    this.falling.length = 0;
  }
}

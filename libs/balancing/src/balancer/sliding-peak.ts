/** A size that a list had for a time. The same size at another time is another object. */
export interface Peak {
  readonly size: number;
}

interface Step extends Peak {
  /** When the list got another size. */
  until: number;
}

/**
 * The largest size that a list had within the last `windowMs`: a sliding-window maximum, by a queue of falling sizes. What
 * was in effect when the window began counts, however old it is. Each size enters and leaves the queue once, and the queue
 * is never longer than the list was at its peak.
 */
export class SlidingPeak {
  /** Sizes before the current one, oldest first, each larger than the next: what a larger one follows is no peak any more. */
  private readonly falling: Step[] = [];
  private current: Step = { size: 0, until: Infinity };

  constructor(
    private readonly windowMs: number,
    private readonly now: () => number,
  ) {}

  /** At least the size that is in effect; just that one with a window of 0 ms. */
  get peak(): Peak {
    const start = this.now() - this.windowMs;
    while (this.falling[0] && this.falling[0].until <= start) this.falling.shift();
    return this.falling[0] ?? this.current;
  }

  /** From now on the list has this size. */
  set(size: number): void {
    if (size === this.current.size) return;
    this.current.until = this.now();
    this.falling.push(this.current);
    while ((this.falling.at(-1)?.size ?? Infinity) <= size) this.falling.pop();
    this.current = { size, until: Infinity };
  }

  /** The size that is in effect is the peak from now on. */
  forget(): void {
    this.falling.length = 0;
  }
}

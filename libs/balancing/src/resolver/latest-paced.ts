/**
 * Hands on the latest of a series of values: the first at once, and further ones at most once in `intervalMs`.
 */
export class LatestPaced<T> {
  private timer: NodeJS.Timeout | undefined;
  private waiting: { readonly value: T } | undefined;

  constructor(
    private readonly intervalMs: number,
    private readonly handOn: (value: T) => void,
  ) {}

  push(value: T): void {
    this.waiting = { value };
    if (!this.timer) this.flush();
  }

  /** Forgets what waits; nothing is handed on until the next {@link push}. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waiting = undefined;
  }

  private flush(): void {
    this.timer = undefined;
    const { waiting } = this;
    if (!waiting) return;
    this.waiting = undefined;
    this.timer = setTimeout(() => this.flush(), this.intervalMs).unref();
    this.handOn(waiting.value);
  }
}

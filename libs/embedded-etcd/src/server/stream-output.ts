/** What a stream of answers is written to. */
export interface Writable {
  write(response: object): unknown;
  end(): unknown;
}

/** The answers of one stream, in order, each as late as the faults say. */
export class StreamOutput {
  private readonly timers = new Set<NodeJS.Timeout>();
  private lastDueAt = 0;
  private isOpen = true;

  /** @param delayMs read for each answer anew. */
  constructor(
    private readonly call: Writable,
    private readonly delayMs: () => number,
  ) {}

  write(response: object): void {
    this.inOrder(() => this.call.write(response));
  }

  /** Ends the stream after what was written before. */
  end(): void {
    this.inOrder(() => this.call.end());
  }

  /** The stream is gone: drops what waits. */
  close(): void {
    this.isOpen = false;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  private inOrder(action: () => void): void {
    if (!this.isOpen) return;
    const now = performance.now();
    const dueAt = Math.max(now + this.delayMs(), this.timers.size > 0 ? this.lastDueAt : 0);
    if (dueAt <= now) return action();
    this.lastDueAt = dueAt;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      action();
    }, dueAt - now);
    this.timers.add(timer.unref());
  }
}

/** Numbers the turns of the event loop in which something was marked. */
export class EventLoopTicks {
  /** Of this turn, when something was marked in it; else of the next one. */
  current = 0;
  private end: NodeJS.Immediate | undefined;

  /** Sees to it that this turn has a number of its own. */
  mark(): number {
    this.end ??= setImmediate(() => {
      this.end = undefined;
      this.current += 1;
    }).unref();
    return this.current;
  }

  stop(): void {
    clearImmediate(this.end);
    this.end = undefined;
  }
}

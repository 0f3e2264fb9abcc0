/** Stops everything that was started, in reverse order, also on a signal. */
export class CleanUp {
  private readonly steps: (() => Promise<void>)[] = [];
  private running: Promise<void> | undefined;

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        this.run()
          .catch((error: unknown) => console.error(error))
          .finally(() => process.exit(130));
      });
    }
    // A closed terminal accepts no output, but the clean-up must still run.
    process.stdout.on('error', () => undefined);
  }

  add(step: () => Promise<void>): void {
    this.steps.push(step);
  }

  /** Safe to call twice. */
  run(): Promise<void> {
    return (this.running ??= this.inReverse());
  }

  private async inReverse(): Promise<void> {
    for (const step of this.steps.reverse()) await step();
  }
}

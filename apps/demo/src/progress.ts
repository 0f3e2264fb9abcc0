/** As if so many seconds had gone as planned before: a short first part predicts little. */
const PRIOR_S = 30;

/** How far a play of several parts has come, and how long the rest may take. */
export class Progress {
  private done = 0;
  private readonly startedAt: number;

  /**
   * @param seconds What each part takes on a machine that has nothing else to do.
   * @param now In milliseconds.
   */
  constructor(
    private readonly seconds: readonly number[],
    private readonly now: () => number = () => performance.now(),
  ) {
    this.startedAt = now();
  }

  /** The part that plays now: `[4/10]`. */
  get place(): string {
    return `[${Math.min(this.done + 1, this.seconds.length)}/${this.seconds.length}]`;
  }

  /** Of all parts that are left, the one that plays included; measured by how long the others have taken. */
  get secondsLeft(): number {
    const elapsed = (this.now() - this.startedAt) / 1_000;
    const planned = sum(this.seconds.slice(0, this.done));
    const slowness = Math.max(1, (this.elapsedAtEnd + PRIOR_S) / (planned + PRIOR_S));
    const leftAtEnd = sum(this.seconds.slice(this.done)) * slowness;
    return Math.max(1, Math.round(leftAtEnd - (elapsed - this.elapsedAtEnd)));
  }

  /** When the last part had ended, in seconds since the start. */
  private elapsedAtEnd = 0;

  /** The part that plays has ended. */
  next(): void {
    this.done++;
    this.elapsedAtEnd = (this.now() - this.startedAt) / 1_000;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

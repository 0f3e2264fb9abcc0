/** What one load process has seen. */
export interface Tally {
  /** Unary calls that were answered. */
  readonly answered: number;
  /** Reasons of calls and streams that failed, with how often each was met. */
  readonly failures: Readonly<Record<string, number>>;
  /** Streams that an instance ended as it was drained. */
  readonly streamsEnded: number;
  /** Of these, those that were open again on another instance at once. */
  readonly streamsMoved: number;
  /** Of unary calls, in milliseconds. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

/** Counts while the load runs. */
export class Failures {
  private readonly byReason: Record<string, number> = {};

  add(reason: unknown): void {
    const text = String(reason);
    this.byReason[text] = (this.byReason[text] ?? 0) + 1;
  }

  get counts(): Readonly<Record<string, number>> {
    return this.byReason;
  }
}

export function failed({ failures }: Tally): number {
  return Object.values(failures).reduce((sum, count) => sum + count, 0);
}

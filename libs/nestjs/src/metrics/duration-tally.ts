/** How long calls took, by buckets: what a histogram of prom-client holds, without a look-up of labels for each call. */
export class DurationTally {
  /** By bucket, the last for what is longer than all bounds; not cumulative. */
  readonly counts: Float64Array;
  sum = 0;

  /** @param bounds of the buckets, in seconds, in growing order. */
  constructor(private readonly bounds: readonly number[]) {
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(seconds: number): void {
    const { bounds } = this;
    let bucket = 0;
    while (bucket < bounds.length && seconds > bounds[bucket]!) bucket += 1;
    this.counts[bucket]! += 1;
    this.sum += seconds;
  }
}

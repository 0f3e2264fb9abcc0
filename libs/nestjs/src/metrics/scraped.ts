import { Counter, Gauge, Histogram, type LabelValues, type Registry } from 'prom-client';
import type { DurationTally } from './duration-tally.js';

/** A metric whose numbers are kept elsewhere and read by each scrape. */
export interface ScrapedMetric<Label extends string, Value = number> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Label[];
  /** All series of the metric: others that were there before are gone. */
  readonly read: () => Iterable<readonly [LabelValues<Label>, Value]>;
}

export function scrapedCounter<Label extends string>(
  registry: Registry,
  { read, ...config }: ScrapedMetric<Label>,
): void {
  const counter = new Counter({
    ...config,
    registers: [registry],
    collect: () => {
      counter.reset();
      for (const [labels, count] of read()) counter.inc(labels, count);
    },
  });
}

export function scrapedGauge<Label extends string>(
  registry: Registry,
  { read, ...config }: ScrapedMetric<Label>,
): void {
  const gauge = new Gauge({
    ...config,
    registers: [registry],
    collect: () => {
      gauge.reset();
      // What prom-client sets to 0 is not known to be 0.
      if (config.labelNames.length === 0) gauge.remove();
      for (const [labels, value] of read()) gauge.set(labels, value);
    },
  });
}

export function scrapedHistogram<Label extends string>(
  registry: Registry,
  { read, ...config }: ScrapedMetric<Label, DurationTally>,
  buckets: readonly number[],
): void {
  class ScrapedHistogram extends Histogram<Label> {
    /** prom-client makes its texts from this, and what `get()` returns; its typings leave it out. */
    getForPromString() {
      const { name, help } = config;
      const values = [...read()].flatMap(([labels, tally]) => series(labels, tally));
      return Promise.resolve({ name, help, type: 'histogram', values, aggregator: 'sum' });
    }
  }
  const series = (sharedLabels: LabelValues<Label>, { counts, sum }: DurationTally) => {
    let count = 0;
    const cumulative = [...buckets, '+Inf'].map((le, bucket) => {
      count += counts[bucket] ?? 0;
      return { metricName: `${config.name}_bucket`, labels: { le }, sharedLabels, value: count };
    });
    return [
      ...cumulative,
      { metricName: `${config.name}_sum`, labels: {}, sharedLabels, value: sum },
      { metricName: `${config.name}_count`, labels: {}, sharedLabels, value: count },
    ];
  };
  new ScrapedHistogram({ ...config, buckets: [...buckets], registers: [registry] });
}

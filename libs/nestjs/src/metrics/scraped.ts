import { Counter, Gauge, Histogram, type LabelValues } from 'prom-client';
import type { DurationTally } from './call-tally.js';
import type { OwnMetrics } from './own-metrics.js';

/** A metric whose values are kept elsewhere; each scrape reads them. */
export interface ScrapedMetric<Label extends string, Value = number> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Label[];
  /** All series of the metric; earlier ones that are missing here are removed. */
  readonly read: () => Iterable<readonly [LabelValues<Label>, Value]>;
}

export function scrapedCounter<Label extends string>(
  metrics: OwnMetrics,
  { read, ...config }: ScrapedMetric<Label>,
): void {
  const registers = [metrics.registry];
  const collect = () => {
    counter.reset();
    for (const [labels, count] of read()) counter.inc(labels, count);
  };
  const counter = metrics.add(config.name, () => new Counter({ ...config, registers, collect }));
}

export function scrapedGauge<Label extends string>(
  metrics: OwnMetrics,
  { read, ...config }: ScrapedMetric<Label>,
): void {
  const registers = [metrics.registry];
  const collect = () => {
    gauge.reset();
    // prom-client starts with 0, but the value is unknown.
    if (config.labelNames.length === 0) gauge.remove();
    for (const [labels, value] of read()) gauge.set(labels, value);
  };
  const gauge = metrics.add(config.name, () => new Gauge({ ...config, registers, collect }));
}

export function scrapedHistogram<Label extends string>(
  metrics: OwnMetrics,
  { read, ...config }: ScrapedMetric<Label, DurationTally>,
  buckets: readonly number[],
): void {
  class ScrapedHistogram extends Histogram<Label> {
    /** prom-client builds its output from this, but its types omit it. */
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
  const registers = [metrics.registry];
  metrics.add(
    config.name,
    () => new ScrapedHistogram({ ...config, buckets: [...buckets], registers }),
  );
}

import { Counter, Gauge, type LabelValues, type Registry } from 'prom-client';

/** A metric whose numbers are kept elsewhere and read by each scrape. */
export interface ScrapedMetric<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Label[];
  /** All series of the metric: others that were there before are gone. */
  readonly read: () => Iterable<readonly [LabelValues<Label>, number]>;
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

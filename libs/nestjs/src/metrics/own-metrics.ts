import { InvalidOptionError } from '@grpc-discovery/registry';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Metric, Registry } from 'prom-client';
import { METRICS_OPTIONS, type NormalizedMetricsOptions } from './metrics.options.js';

/** The metrics of this application in the registry of prom-client, until it has shut down. */
@Injectable()
export class OwnMetrics implements OnApplicationShutdown {
  private readonly added = new Map<string, Metric>();
  readonly registry: Registry;
  /** The name for which the registry was refused. */
  private taken: string | undefined;

  constructor(@Inject(METRICS_OPTIONS) { registry }: NormalizedMetricsOptions) {
    this.registry = registry;
  }

  /**
   * @param create Makes the metric in the registry.
   * @throws InvalidOptionError where the registry has one of this name: which one a scrape shows would be left to chance
   */
  add<M extends Metric>(name: string, create: () => M): M {
    // Nest makes the other providers all the same.
    if (this.taken ?? this.registry.getSingleMetric(name)) {
      this.taken ??= name;
      this.removeAll();
      throw new InvalidOptionError(
        'registry',
        'one whose names are free',
        `one that has ${this.taken}, perhaps of another application of this process`,
        'Give each application a registry of its own, or leave the option out; a port or a path of its own answers each.',
      );
    }
    const metric = create();
    this.added.set(name, metric);
    return metric;
  }

  onApplicationShutdown(): void {
    this.removeAll();
  }

  private removeAll(): void {
    for (const [name, metric] of this.added) {
      if (this.registry.getSingleMetric(name) === metric) this.registry.removeSingleMetric(name);
    }
    this.added.clear();
  }
}

import { InvalidOptionError } from '@grpc-discovery/registry';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Metric, Registry } from 'prom-client';
import { METRICS_OPTIONS, type NormalizedMetricsOptions } from './metrics.options.js';

/** Adds this application's metrics to the registry of prom-client, and removes them at shutdown. */
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
   * @throws InvalidOptionError if the registry has a metric of this name: a scrape would show either of them
   */
  add<M extends Metric>(name: string, create: () => M): M {
    // Nest still creates the other providers.
    if (this.taken ?? this.registry.getSingleMetric(name)) {
      this.taken ??= name;
      this.removeAll();
      throw new InvalidOptionError(
        'registry',
        'a registry without metrics of these names',
        `one that has ${this.taken}, perhaps from another application of this process`,
        'Give each application its own registry, or leave the option out; set a different port or path for each.',
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

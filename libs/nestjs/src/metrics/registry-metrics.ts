import type { Watch } from '@grpc-discovery/registry';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { ClientCatalog } from '../client/client-catalog.js';
import { WatchedServices } from '../client/watched-services.js';
import type { NormalizedMetricsOptions } from './metrics.options.js';
import { METRICS_OPTIONS } from './metrics.tokens.js';

/** The lists that clients balance by, as the registry last told. */
@Injectable()
export class RegistryMetrics implements OnApplicationBootstrap {
  /** Those of before the start would miss clients that are yet to be provided. */
  private watches: readonly Watch[] = [];

  constructor(
    @Inject(METRICS_OPTIONS) { registry }: NormalizedMetricsOptions,
    private readonly catalog: ClientCatalog,
    private readonly watched: WatchedServices,
  ) {
    const registers = [registry];
    const labelNames = ['service_name'] as const;
    const listed = new Gauge({
      name: 'grpc_discovery_listed_instances',
      help: 'Instances in the last list of a service.',
      labelNames,
      registers,
      collect: () => {
        for (const { service, state } of this.watches) {
          if (!('snapshot' in state)) continue;
          listed.set({ service_name: service }, state.snapshot.instances.length);
        }
      },
    });
    const staleness = new Gauge({
      name: 'grpc_discovery_list_staleness_seconds',
      help: 'Time since the registry last confirmed the list of a service; it grows while the registry is away.',
      labelNames,
      registers,
      collect: () => {
        for (const watch of this.watches) {
          const stalenessMs = watch.stalenessMs();
          if (stalenessMs === undefined) continue;
          staleness.set({ service_name: watch.service }, stalenessMs / 1000);
        }
      },
    });
  }

  onApplicationBootstrap(): void {
    this.watches = this.catalog.services.map((service) => this.watched.of(service));
  }
}

import type { Registry, RegistryDescription } from '@grpc-discovery/registry';
import { Inject, Injectable } from '@nestjs/common';
import { DISCOVERY_REGISTRY } from '../discovery.tokens.js';
import { OwnMetrics } from './own-metrics.js';
import { scrapedCounter, scrapedGauge, type ScrapedMetric } from './scraped.js';

type ServiceDescription = RegistryDescription['services'][number];
/** A value of one service; undefined if there is none. */
type ReadService = (service: ServiceDescription) => number | undefined;

/** Metrics of the registry: the instance lists of clients, the connection, the lease. */
@Injectable()
export class RegistryMetrics {
  constructor(
    metrics: OwnMetrics,
    @Inject(DISCOVERY_REGISTRY) private readonly source: Registry,
  ) {
    scrapedGauge(
      metrics,
      this.ofServices(
        'grpc_discovery_listed_instances',
        'Instances in the last list of a service.',
        ({ instances }) => instances,
      ),
    );
    scrapedGauge(
      metrics,
      this.ofServices(
        'grpc_discovery_list_staleness_seconds',
        'Time since the registry last confirmed the list of a service; it grows while the registry is down.',
        ({ stalenessMs }) => stalenessMs && stalenessMs / 1000,
      ),
    );
    scrapedGauge(
      metrics,
      this.ofServices(
        'grpc_discovery_broken_entries',
        'Entries of a service that are skipped because they are unreadable.',
        ({ brokenEntries }) => brokenEntries,
      ),
    );
    scrapedCounter(
      metrics,
      this.ofServices(
        'grpc_discovery_events_total',
        'Changes of a service that the registry reported.',
        ({ events }) => events,
      ),
    );
    scrapedCounter(metrics, {
      name: 'grpc_discovery_lists_total',
      help: 'Lists of a service that the registry answered, by what they were made for; more than "periodic" tell of trouble.',
      labelNames: ['service_name', 'reason'],
      read: () =>
        this.describe().services.flatMap(({ service, lists }) =>
          Object.entries(lists).map(
            ([reason, count]) => [{ service_name: service, reason }, count] as const,
          ),
        ),
    });
    this.addConnection(metrics);
  }

  private addConnection(metrics: OwnMetrics): void {
    scrapedGauge(metrics, {
      name: 'grpc_discovery_registry_up',
      help: '1 while the registry answers, 0 while it does not; absent until the first request.',
      labelNames: [],
      read: () => {
        const { kind } = this.describe().connection;
        return kind === 'unknown' ? [] : [[{}, kind === 'up' ? 1 : 0]];
      },
    });
    scrapedGauge(metrics, {
      name: 'grpc_discovery_lease_remaining_seconds',
      help: 'How long the registry keeps the registrations at least, if no further lease keepalive succeeds; absent without registrations.',
      labelNames: [],
      read: () => {
        const { lease } = this.describe();
        return lease.kind === 'held' ? [[{}, lease.leftMs / 1000]] : [];
      },
    });
    scrapedCounter(metrics, {
      name: 'grpc_discovery_leases_lost_total',
      help: 'Leases that were lost unexpectedly.',
      labelNames: [],
      read: () => [[{}, this.describe().registrar.lostLeases]],
    });
    scrapedCounter(metrics, {
      name: 'grpc_discovery_reregistrations_total',
      help: 'Instances that were registered again after their entry was lost.',
      labelNames: [],
      read: () => [[{}, this.describe().registrar.reregistered]],
    });
    scrapedCounter(metrics, {
      name: 'grpc_discovery_id_conflicts_total',
      help: 'Instances that gave up their id because a process that started later uses the same one.',
      labelNames: [],
      read: () => [[{}, this.describe().registrar.conflicts]],
    });
  }

  private ofServices(name: string, help: string, read: ReadService): ScrapedMetric<'service_name'> {
    return {
      name,
      help,
      labelNames: ['service_name'],
      read: () =>
        this.describe().services.flatMap((description) => {
          const value = read(description);
          return value === undefined ? [] : [[{ service_name: description.service }, value]];
        }),
    };
  }

  private describe(): RegistryDescription {
    return this.source.describe();
  }
}

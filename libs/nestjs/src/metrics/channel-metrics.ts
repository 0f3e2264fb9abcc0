import type { ChannelDescription } from '@grpc-discovery/balancing';
import { Injectable } from '@nestjs/common';
import { ServiceChannels } from '../client/service-channels.js';
import { ClientCallMetrics } from './client-call-metrics.js';
import { OwnMetrics } from './own-metrics.js';
import { scrapedCounter, scrapedGauge } from './scraped.js';

/** The status of each service's instances in this application's channels. */
@Injectable()
export class ChannelMetrics {
  constructor(
    metrics: OwnMetrics,
    private readonly channels: ServiceChannels,
    private readonly calls: ClientCallMetrics,
  ) {
    scrapedGauge(metrics, {
      name: 'grpc_client_instances',
      help: 'Instances of a service by their status in its channel.',
      labelNames: ['service_name', 'status'],
      read: () => this.readStatuses(),
    });
    scrapedGauge(metrics, {
      name: 'grpc_client_instances_passed_over',
      help: "Instances that picks by the channel's policy pass over at present, by the reason.",
      labelNames: ['service_name', 'reason'],
      read: () => this.readReasons(),
    });
    scrapedGauge(metrics, {
      name: 'grpc_client_instances_held',
      help: 'Instances that the registry no longer lists, but that are still called after a mass removal.',
      labelNames: ['service_name'],
      read: () =>
        this.described().map(([service, { endpoints }]) => {
          const held = endpoints.filter(({ isHeld }) => isHeld);
          return [{ service_name: service }, held.length] as const;
        }),
    });
    scrapedCounter(metrics, {
      name: 'grpc_client_mass_removals_total',
      help: 'Mass removals of a service: most of its instances vanished from the registry, but some were still called.',
      labelNames: ['service_name'],
      read: () =>
        this.described().map(([service, { massRemovals }]) => {
          return [{ service_name: service }, massRemovals] as const;
        }),
    });
  }

  private *readStatuses() {
    for (const [service, { counts, endpoints }] of this.described()) {
      for (const [status, count] of Object.entries(counts)) {
        yield [{ service_name: service, status }, count] as const;
      }
      this.calls.retire(service, new Set(endpoints.map(({ instanceId }) => instanceId)));
    }
  }

  private *readReasons() {
    for (const [service, { passedOver }] of this.described()) {
      for (const [reason, count] of Object.entries(passedOver)) {
        yield [{ service_name: service, reason }, count] as const;
      }
    }
  }

  private described(): readonly (readonly [string, ChannelDescription])[] {
    return this.channels.services.flatMap((service) => {
      const description = this.channels.describe(service);
      return description ? [[service, description] as const] : [];
    });
  }
}

import type { ChannelDescription } from '@grpc-discovery/balancing';
import { Injectable } from '@nestjs/common';
import { ServiceChannels } from '../client/service-channels.js';
import { ClientCallMetrics } from './client-call-metrics.js';
import { OwnMetrics } from './own-metrics.js';
import { scrapedCounter, scrapedGauge } from './scraped.js';

/** What the instances of each service are to this application's channel to it. */
@Injectable()
export class ChannelMetrics {
  constructor(
    metrics: OwnMetrics,
    private readonly channels: ServiceChannels,
    private readonly calls: ClientCallMetrics,
  ) {
    scrapedGauge(metrics, {
      name: 'grpc_client_instances',
      help: 'Instances of a service by what they are to its channel.',
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
      help: 'Instances that are called on after a mass removal, though the registry lists them no more.',
      labelNames: ['service_name'],
      read: () =>
        this.described().map(([service, { endpoints }]) => {
          const held = endpoints.filter(({ isHeld }) => isHeld);
          return [{ service_name: service }, held.length] as const;
        }),
    });
    scrapedCounter(metrics, {
      name: 'grpc_client_mass_removals_total',
      help: 'Mass removals of a service, by which most of its instances vanished from the registry, and some were called on.',
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

import type { ChannelDescription } from '@grpc-discovery/balancing';
import { Inject, Injectable } from '@nestjs/common';
import { ServiceChannels } from '../client/service-channels.js';
import { ClientCallMetrics } from './client-call-metrics.js';
import type { NormalizedMetricsOptions } from './metrics.options.js';
import { METRICS_OPTIONS } from './metrics.tokens.js';
import { scrapedGauge } from './scraped.js';

/** What the instances of each service are to this application's channel to it. */
@Injectable()
export class ChannelMetrics {
  constructor(
    @Inject(METRICS_OPTIONS) { registry }: NormalizedMetricsOptions,
    private readonly channels: ServiceChannels,
    private readonly calls: ClientCallMetrics,
  ) {
    scrapedGauge(registry, {
      name: 'grpc_client_instances',
      help: 'Instances of a service by what they are to its channel.',
      labelNames: ['service_name', 'status'],
      read: () => this.readStatuses(),
    });
    scrapedGauge(registry, {
      name: 'grpc_client_instances_passed_over',
      help: "Instances that picks by the channel's policy pass over at present, by the reason.",
      labelNames: ['service_name', 'reason'],
      read: () => this.readReasons(),
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

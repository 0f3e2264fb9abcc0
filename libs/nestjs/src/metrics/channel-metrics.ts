import { Inject, Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { ServiceChannels } from '../client/service-channels.js';
import { ClientCallMetrics } from './client-call-metrics.js';
import type { NormalizedMetricsOptions } from './metrics.options.js';
import { METRICS_OPTIONS } from './metrics.tokens.js';

/** What the instances of each service are to this application's channel to it. */
@Injectable()
export class ChannelMetrics {
  constructor(
    @Inject(METRICS_OPTIONS) { registry }: NormalizedMetricsOptions,
    private readonly channels: ServiceChannels,
    private readonly calls: ClientCallMetrics,
  ) {
    const registers = [registry];
    const instances = new Gauge({
      name: 'grpc_client_instances',
      help: 'Instances of a service by what they are to its channel; all but "ready" are passed over by every pick.',
      labelNames: ['service_name', 'status'] as const,
      registers,
      collect: () => {
        instances.reset();
        for (const service of this.channels.services) {
          const description = this.channels.describe(service);
          if (!description) continue;
          for (const [status, count] of Object.entries(description.counts)) {
            instances.set({ service_name: service, status }, count);
          }
          const listed = new Set(description.endpoints.map(({ instanceId }) => instanceId));
          this.calls.retire(service, listed);
        }
      },
    });
  }
}

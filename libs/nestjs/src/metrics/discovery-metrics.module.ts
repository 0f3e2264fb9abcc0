import { Module, type DynamicModule } from '@nestjs/common';
import { ChannelMetrics } from './channel-metrics.js';
import { ClientCallMetrics } from './client-call-metrics.js';
import { MetricsController } from './metrics.controller.js';
import {
  normalizeMetricsOptions,
  type DiscoveryMetricsOptions,
  type NormalizedMetricsOptions,
} from './metrics.options.js';
import { METRICS_OPTIONS, METRICS_REGISTRY } from './metrics.tokens.js';
import { MetricsServer } from './metrics-server.js';
import { RegistrationMetrics } from './registration-metrics.js';
import { RegistryMetrics } from './registry-metrics.js';
import { ServerCallMetrics } from './server-call-metrics.js';

/**
 * Metrics of calls, instances and the registry for Prometheus, beside a `DiscoveryModule`. An application that serves HTTP
 * answers `GET /metrics` by itself; others answer on a port of their own, by the option `port`.
 */
@Module({})
export class DiscoveryMetricsModule {
  /**
   * Once per application.
   * @throws InvalidMetricsOptionError when the application is created
   */
  static forRoot(options: DiscoveryMetricsOptions = {}): DynamicModule {
    return {
      module: DiscoveryMetricsModule,
      global: true,
      controllers: [MetricsController],
      providers: [
        {
          provide: METRICS_OPTIONS,
          // Not before: each application that is made of the module has a registry of its own.
          useFactory: () => normalizeMetricsOptions(options, process.env),
        },
        {
          provide: METRICS_REGISTRY,
          useFactory: ({ registry }: NormalizedMetricsOptions) => registry,
          inject: [METRICS_OPTIONS],
        },
        ClientCallMetrics,
        ServerCallMetrics,
        ChannelMetrics,
        RegistrationMetrics,
        RegistryMetrics,
        MetricsServer,
      ],
      exports: [METRICS_REGISTRY, MetricsServer],
    };
  }
}

import { type OptionTable, readOptions } from '@grpc-discovery/registry/options';
import {
  type DynamicModule,
  type FactoryProvider,
  Module,
  type ModuleMetadata,
} from '@nestjs/common';
import { type FactoryOptions, factoryTable } from '../options/factory-options.js';
import { ChannelMetrics } from './channel-metrics.js';
import { ClientCallMetrics } from './client-call-metrics.js';
import { metricsControllerAt, MetricsServer } from './metrics-server.js';
import {
  type DiscoveryMetricsOptions,
  type DiscoveryMetricsRoute,
  type DiscoveryMetricsSettings,
  METRICS_OPTIONS,
  METRICS_REGISTRY,
  metricsRouteTable,
  type NormalizedMetricsOptions,
  normalizeMetricsOptions,
} from './metrics.options.js';
import { OwnMetrics } from './own-metrics.js';
import { RegistrationMetrics } from './registration-metrics.js';
import { RegistryMetrics } from './registry-metrics.js';
import { ServerCallMetrics } from './server-call-metrics.js';

/** Options of `DiscoveryMetricsModule.forRootAsync`. The route is no part of what the factory returns: Nest needs it before. */
export interface DiscoveryMetricsAsyncOptions
  extends DiscoveryMetricsRoute, FactoryOptions<DiscoveryMetricsSettings> {}

const asyncTable = {
  ...metricsRouteTable,
  ...factoryTable<DiscoveryMetricsSettings>(),
} satisfies OptionTable<DiscoveryMetricsAsyncOptions>;

/**
 * Metrics of calls, instances and the registry for Prometheus, beside a `DiscoveryModule`. An application that serves HTTP
 * answers `GET /metrics`; others set the option `port`.
 */
@Module({})
export class DiscoveryMetricsModule {
  /**
   * Once per application.
   * @throws InvalidOptionError; for the variable METRICS_PORT when the application is created
   */
  static forRoot(options: DiscoveryMetricsOptions = {}): DynamicModule {
    const { controller, path, ...settings } = options;
    const route = readOptions(metricsRouteTable, { controller, path }, '');
    normalizeMetricsOptions(settings, route, {});
    // Not earlier: each application that imports the module has its own registry.
    const useFactory = () => normalizeMetricsOptions(settings, route, process.env);
    return root(route, { provide: METRICS_OPTIONS, useFactory });
  }

  /**
   * As {@link forRoot}, with options that are computed, from injected providers where `inject` names some.
   * @throws InvalidOptionError, at once for what is given here, else when the application is created
   */
  static forRootAsync(options: DiscoveryMetricsAsyncOptions): DynamicModule {
    const read = readOptions(asyncTable, options, 'forRootAsync');
    const { imports, inject, useFactory, ...route } = read;
    const provider: FactoryProvider = {
      provide: METRICS_OPTIONS,
      useFactory: async (...dependencies: never[]) =>
        normalizeMetricsOptions(await useFactory(...dependencies), route, process.env),
      inject: [...(inject ?? [])],
    };
    return root(route, provider, [...(imports ?? [])]);
  }
}

function root(
  { controller, path }: Required<DiscoveryMetricsRoute>,
  options: FactoryProvider,
  imports: ModuleMetadata['imports'] = [],
): DynamicModule {
  return {
    module: DiscoveryMetricsModule,
    global: true,
    imports,
    controllers: controller ? [metricsControllerAt(path)] : [],
    providers: [
      options,
      {
        provide: METRICS_REGISTRY,
        useFactory: ({ registry }: NormalizedMetricsOptions) => registry,
        inject: [METRICS_OPTIONS],
      },
      OwnMetrics,
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

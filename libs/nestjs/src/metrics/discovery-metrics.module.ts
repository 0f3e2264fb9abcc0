import { readOptions } from '@grpc-discovery/registry/options';
import { type DynamicModule, Module } from '@nestjs/common';
import { type ModuleVisibility, readAsyncOptions } from '../options/async-options.js';
import { ChannelMetrics } from './channel-metrics.js';
import { ClientCallMetrics } from './client-call-metrics.js';
import { MetricsServer } from './metrics-server.js';
import {
  ConfigurableModuleClass,
  type DiscoveryMetricsAsyncOptions,
  METRICS_FACTORY_METHOD,
  metricsExtrasTable,
  MODULE_OPTIONS_TOKEN,
} from './metrics.module-definition.js';
import {
  type DiscoveryMetricsOptions,
  type DiscoveryMetricsSettings,
  METRICS_OPTIONS,
  METRICS_PATH,
  METRICS_REGISTRY,
  type NormalizedMetricsOptions,
  normalizeMetricsOptions,
  settingsTable,
} from './metrics.options.js';
import { OwnMetrics } from './own-metrics.js';
import { RegistrationMetrics } from './registration-metrics.js';
import { RegistryMetrics } from './registry-metrics.js';
import { ServerCallMetrics } from './server-call-metrics.js';

/**
 * Metrics of calls, instances and the registry for Prometheus, beside a `DiscoveryModule`. An application that serves HTTP
 * answers `GET /metrics`; others set the option `port`.
 */
@Module({})
export class DiscoveryMetricsModule extends ConfigurableModuleClass {
  /**
   * Once per application.
   * @throws InvalidOptionError; for the variable METRICS_PORT when the application is created
   */
  static override forRoot(options: DiscoveryMetricsOptions & ModuleVisibility = {}): DynamicModule {
    const read = readOptions({ ...settingsTable, ...metricsExtrasTable }, options, '');
    const { controller, path, isGlobal } = read;
    return withProviders(super.forRoot({ ...options, controller, path, isGlobal }));
  }

  /**
   * Like {@link forRoot}, with settings that a function (`useFactory`) or a class (`useClass`, `useExisting`) makes.
   * @throws InvalidOptionError, at once for what is given here, or when the application is created for what they make
   */
  static override forRootAsync(options: DiscoveryMetricsAsyncOptions): DynamicModule {
    const read = readAsyncOptions(options, METRICS_FACTORY_METHOD, metricsExtrasTable);
    return withProviders(super.forRootAsync(read));
  }
}

function withProviders({ providers = [], ...module }: DynamicModule): DynamicModule {
  return {
    ...module,
    providers: [
      ...providers,
      {
        provide: METRICS_OPTIONS,
        // The variable is read here: each application that imports the module has its own environment and registry.
        useFactory: (settings: DiscoveryMetricsSettings, path: string) =>
          normalizeMetricsOptions(settings, { path }, process.env),
        inject: [MODULE_OPTIONS_TOKEN, METRICS_PATH],
      },
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

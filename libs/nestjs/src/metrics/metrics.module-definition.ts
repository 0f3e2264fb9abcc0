import { type OptionTable } from '@grpc-discovery/registry/options';
import {
  ConfigurableModuleBuilder,
  type ConfigurableModuleAsyncOptions,
  type ConfigurableModuleOptionsFactory,
} from '@nestjs/common';
import { type ModuleVisibility, visibilityTable } from '../options/async-options.js';
import { metricsControllerAt } from './metrics-server.js';
import {
  type DiscoveryMetricsRoute,
  type DiscoveryMetricsSettings,
  METRICS_PATH,
  metricsRouteTable,
} from './metrics.options.js';

/** The method of a class that makes the options of `DiscoveryMetricsModule`. */
export const METRICS_FACTORY_METHOD = 'createDiscoveryMetricsOptions';

/** A class that makes the settings: `DiscoveryMetricsModule.forRootAsync({ useClass })` or `({ useExisting })`. */
export type DiscoveryMetricsOptionsFactory = ConfigurableModuleOptionsFactory<
  DiscoveryMetricsSettings,
  'createDiscoveryMetricsOptions'
>;

/**
 * Options of `DiscoveryMetricsModule.forRootAsync`: exactly one of `useFactory`, `useClass` and `useExisting`. Those make
 * everything except the route, which Nest needs before it calls them.
 */
export type DiscoveryMetricsAsyncOptions = ConfigurableModuleAsyncOptions<
  DiscoveryMetricsSettings,
  'createDiscoveryMetricsOptions'
> &
  DiscoveryMetricsRoute &
  ModuleVisibility;

type DiscoveryMetricsExtras = DiscoveryMetricsRoute & ModuleVisibility;

export const metricsExtrasTable = {
  ...metricsRouteTable,
  ...visibilityTable,
} satisfies OptionTable<DiscoveryMetricsExtras>;

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<DiscoveryMetricsSettings>({ moduleName: 'DiscoveryMetrics' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName(METRICS_FACTORY_METHOD)
    .setExtras<Required<DiscoveryMetricsExtras>>(
      { controller: true, path: '/metrics', isGlobal: true },
      ({ providers = [], ...definition }, { controller, path, isGlobal }) => ({
        ...definition,
        global: isGlobal,
        controllers: controller ? [metricsControllerAt(path)] : [],
        providers: [...providers, { provide: METRICS_PATH, useValue: path }],
      }),
    )
    .build();

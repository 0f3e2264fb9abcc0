import {
  ConfigurableModuleBuilder,
  type ConfigurableModuleAsyncOptions,
  type ConfigurableModuleOptionsFactory,
} from '@nestjs/common';
import type { DiscoveryModuleOptions } from './discovery.options.js';
import type { ModuleVisibility } from './options/async-options.js';

/** The method of a class that makes the options of `DiscoveryModule`. */
export const OPTIONS_FACTORY_METHOD = 'createDiscoveryOptions';

/** A class that makes the options: `DiscoveryModule.forRootAsync({ useClass })` or `({ useExisting })`. */
export type DiscoveryOptionsFactory = ConfigurableModuleOptionsFactory<
  DiscoveryModuleOptions,
  'createDiscoveryOptions'
>;

/** Options of `DiscoveryModule.forRootAsync`: exactly one of `useFactory`, `useClass` and `useExisting`. */
export type DiscoveryModuleAsyncOptions = ConfigurableModuleAsyncOptions<
  DiscoveryModuleOptions,
  'createDiscoveryOptions'
> &
  ModuleVisibility;

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<DiscoveryModuleOptions>({ moduleName: 'Discovery' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName(OPTIONS_FACTORY_METHOD)
    .setExtras<Required<ModuleVisibility>>({ isGlobal: true }, (definition, { isGlobal }) => ({
      ...definition,
      global: isGlobal,
    }))
    .build();

import { createEtcdRegistry, type Registry, type RegistryLogger } from '@grpc-discovery/registry';
import { readOptions } from '@grpc-discovery/registry/options';
import {
  type DynamicModule,
  type FactoryProvider,
  Logger,
  Module,
  type ModuleMetadata,
  type Provider,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { CallInterceptors } from './call-interceptors.js';
import { ClientCatalog } from './client/client-catalog.js';
import { type ClientFeature, clientProviders } from './client/client.providers.js';
import { GrpcClients } from './client/grpc-clients.js';
import { ServiceChannels } from './client/service-channels.js';
import { WatchedServices } from './client/watched-services.js';
import { DiscoveryLifecycle } from './discovery.lifecycle.js';
import {
  type DiscoveryModuleOptions,
  type NormalizedDiscoveryOptions,
  normalizeDiscoveryOptions,
} from './discovery.options.js';
import { DISCOVERY_OPTIONS, DISCOVERY_REGISTRY, REGISTRY_DECORATOR } from './discovery.tokens.js';
import { DrainFirstModule } from './drain/drain-first.module.js';
import { type FactoryOptions, factoryTable } from './options/factory-options.js';
import { ReadinessChecks } from './readiness/readiness-checks.js';
import { setupErrors } from './errors.js';

/** Options of `DiscoveryModule.forRootAsync`. */
export type DiscoveryModuleAsyncOptions = FactoryOptions<DiscoveryModuleOptions>;

const asyncTable = factoryTable<DiscoveryModuleOptions>();

/**
 * Registers this application's gRPC servers (those made by `discoverable()`) and provides balanced clients of other
 * services. Not to be confused with the module of the same name in `@nestjs/core`, which scans metadata.
 */
@Module({})
export class DiscoveryModule {
  /**
   * Once, in the root module.
   * @throws InvalidOptionError, a subclass for each option
   */
  static forRoot(options: DiscoveryModuleOptions): DynamicModule {
    return root({ provide: DISCOVERY_OPTIONS, useValue: normalizeDiscoveryOptions(options) });
  }

  /** As {@link forRoot}, with options that are computed, from injected providers where `inject` names some. */
  static forRootAsync(given: DiscoveryModuleAsyncOptions): DynamicModule {
    const { imports, inject, useFactory } = readOptions(asyncTable, given, 'forRootAsync');
    const options: FactoryProvider = {
      provide: DISCOVERY_OPTIONS,
      useFactory: async (...dependencies: never[]) =>
        normalizeDiscoveryOptions(await useFactory(...dependencies)),
      inject: [...(inject ?? [])],
    };
    return root(options, [...(imports ?? [])]);
  }

  /**
   * Provides clients: `@BalancedClient` classes, or contracts of clients in Nest's own way.
   * @throws DiscoverySetupError; InvalidOptionError, ClientContractError and ClientContractError for the latter
   */
  static forFeature(features: readonly ClientFeature[]): DynamicModule {
    const providers = clientProviders(features);
    return { module: DiscoveryModule, providers, exports: providers };
  }
}

function root(options: Provider, imports: ModuleMetadata['imports'] = []): DynamicModule {
  return {
    module: DiscoveryModule,
    global: true,
    imports: [...imports, DrainFirstModule],
    providers: [
      options,
      {
        provide: DISCOVERY_REGISTRY,
        useFactory: createRegistry,
        inject: [
          ModulesContainer,
          DISCOVERY_OPTIONS,
          { token: REGISTRY_DECORATOR, optional: true },
        ],
      },
      ClientCatalog,
      CallInterceptors,
      ServiceChannels,
      GrpcClients,
      WatchedServices,
      DiscoveryLifecycle,
      ReadinessChecks,
    ],
    exports: [
      DISCOVERY_OPTIONS,
      DISCOVERY_REGISTRY,
      ClientCatalog,
      CallInterceptors,
      ServiceChannels,
      GrpcClients,
      WatchedServices,
      DrainFirstModule,
    ],
  };
}

function createRegistry(
  modules: ModulesContainer,
  { registry }: NormalizedDiscoveryOptions,
  decorate: (registry: Registry) => Registry = (undecorated) => undecorated,
): Registry {
  assertOneRoot(modules);
  if (registry.kind === 'given') return decorate(registry.registry);
  return decorate(createEtcdRegistry(registry.options, registryLogger()));
}

/** @throws DiscoverySetupError */
function assertOneRoot(modules: ModulesContainer): void {
  const all = [...modules.values()];
  const roots = all.filter(({ providers }) => providers.has(DISCOVERY_OPTIONS));
  if (roots.length < 2) return;
  const importers = roots.flatMap((root) => all.filter(({ imports }) => imports.has(root)));
  throw setupErrors.duplicateModule(importers.map(({ name }) => name));
}

function registryLogger(): RegistryLogger {
  const nest = new Logger('Discovery');
  return {
    info: (message: string) => nest.log(message),
    warn: (message: string) => nest.warn(message),
    error: (message: string) => nest.error(message),
  };
}

import { createEtcdRegistry, type Registry, type RegistryLogger } from '@grpc-discovery/registry';
import { type DynamicModule, Logger, Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { CallInterceptors } from './call-interceptors.js';
import { ClientCatalog } from './client/client-catalog.js';
import { type ClientFeature, clientProviders } from './client/client.providers.js';
import { GrpcClients } from './client/grpc-clients.js';
import { ServiceChannels } from './client/service-channels.js';
import { WatchedServices } from './client/watched-services.js';
import { DiscoveryLifecycle } from './discovery.lifecycle.js';
import {
  ConfigurableModuleClass,
  type DiscoveryModuleAsyncOptions,
  MODULE_OPTIONS_TOKEN,
  OPTIONS_FACTORY_METHOD,
} from './discovery.module-definition.js';
import {
  checkedRootOptions,
  type DiscoveryModuleOptions,
  type NormalizedDiscoveryOptions,
  normalizeDiscoveryOptions,
} from './discovery.options.js';
import {
  CONNECTS_AT_ONCE,
  DISCOVERY_OPTIONS,
  DISCOVERY_REGISTRY,
  REGISTRY_DECORATOR,
} from './discovery.tokens.js';
import { DrainFirstModule } from './drain/drain-first.module.js';
import {
  type ModuleVisibility,
  readAsyncOptions,
  visibilityTable,
} from './options/async-options.js';
import { ReadinessChecks } from './readiness/readiness-checks.js';
import { RpcTargets, ServedContracts } from './server/served-contracts.js';
import { StartWatch } from './server/start-watch.js';
import { setupErrors } from './errors.js';

/**
 * Registers this application's gRPC servers (those made by `discoverable()`) and provides balanced clients of other
 * services. Not to be confused with the module of the same name in `@nestjs/core`, which scans metadata.
 */
@Module({})
export class DiscoveryModule extends ConfigurableModuleClass {
  /**
   * Import it once, in the root module.
   * @throws InvalidOptionError
   */
  static override forRoot(options: DiscoveryModuleOptions & ModuleVisibility): DynamicModule {
    return withProviders(super.forRoot({ ...options, ...checkedRootOptions(options) }));
  }

  /**
   * Like {@link forRoot}, with options that a function (`useFactory`) or a class (`useClass`, `useExisting`) makes.
   * @throws InvalidOptionError, at once for what is given here, or when the application is created for what they make
   */
  static override forRootAsync(options: DiscoveryModuleAsyncOptions): DynamicModule {
    const read = readAsyncOptions(options, OPTIONS_FACTORY_METHOD, visibilityTable);
    return withProviders(super.forRootAsync(read));
  }

  /**
   * Provides clients: `@BalancedClient` classes, or contracts of clients in Nest's own way.
   * @throws DiscoverySetupError, InvalidOptionError, ClientContractError
   */
  static forFeature(features: readonly ClientFeature[]): DynamicModule {
    const providers = clientProviders(features);
    return { module: DiscoveryModule, providers, exports: providers };
  }
}

function withProviders({ imports = [], providers = [], ...module }: DynamicModule): DynamicModule {
  return {
    ...module,
    imports: [...imports, DrainFirstModule],
    providers: [
      ...providers,
      {
        provide: DISCOVERY_OPTIONS,
        useFactory: normalizeDiscoveryOptions,
        inject: [MODULE_OPTIONS_TOKEN],
      },
      {
        provide: DISCOVERY_REGISTRY,
        useFactory: createRegistry,
        inject: [
          ModulesContainer,
          DISCOVERY_OPTIONS,
          { token: REGISTRY_DECORATOR, optional: true },
        ],
      },
      { provide: CONNECTS_AT_ONCE, useValue: false },
      ClientCatalog,
      CallInterceptors,
      ServiceChannels,
      GrpcClients,
      WatchedServices,
      DiscoveryLifecycle,
      ReadinessChecks,
      RpcTargets,
      ServedContracts,
      StartWatch,
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

import { Inject, type InjectionToken, type Provider, type ValueProvider } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { arrayOf, refuse } from '@grpc-discovery/registry/options';
import type { ClientClass, ServiceChannelOptions } from './balanced-client.decorator.js';
import { ClientCatalog, ClientDeclaration } from './client-catalog.js';
import { createBalancedClient } from './create-balanced-client.js';
import { type GrpcClientOptions, GrpcClients, type ServiceContract } from './grpc-clients.js';
import { setupErrors } from '../errors.js';
import { isDeepStrictEqual } from 'node:util';
import type { Interceptor } from '@grpc/grpc-js';
import type { GrpcContractOptions } from '../options/grpc-options.js';
import { readGrpcClientOptions } from './client-options.js';
import { type ContractService, contractService, contractServices } from './contract.js';

/** What `DiscoveryModule.forFeature` takes: a `@BalancedClient` class, or the contract of a client in Nest's own way. */
export type ClientFeature = ClientClass | GrpcClientOptions;

/** Token of Nest's `ClientGrpc` for a service. */
export function getClientGrpcToken(service: string): InjectionToken {
  return `DiscoveryClientGrpc(${service})`;
}

/**
 * Token of a service's typed stub, whose methods return Observables.
 * @param rpcService Name of the rpc service without its package; required if the contract has several.
 */
export function getGrpcServiceToken(service: string, rpcService?: string): InjectionToken {
  const named = rpcService === undefined ? service : `${service}, ${rpcService}`;
  return `DiscoveryGrpcService(${named})`;
}

/** Injects Nest's `ClientGrpc` for a service that `forFeature([{ service, ...contract }])` named. */
export function InjectClientGrpc(service: string): ReturnType<typeof Inject> {
  return Inject(getClientGrpcToken(service));
}

/**
 * Injects the typed stub of a service that `forFeature([{ service, ...contract }])` named.
 * @param rpcService Name of the rpc service without its package; required if the contract has several.
 */
export function InjectGrpcService(service: string, rpcService?: string): ReturnType<typeof Inject> {
  return Inject(getGrpcServiceToken(service, rpcService));
}

/**
 * @throws DiscoverySetupError; InvalidOptionError; ClientContractError for the contract of a client in Nest's own way
 */
export function clientProviders(features: readonly ClientFeature[]): Provider[] {
  assertFeatures(features);
  const classes = features.filter((it) => typeof it === 'function');
  const twice = classes.find((it, i) => classes.indexOf(it) !== i);
  if (twice) throw setupErrors.duplicateClient(twice.name);
  const contracts = features.filter((it) => typeof it !== 'function');
  return [...classes.flatMap(balancedClientProviders), ...grpcClientProviders(contracts)];
}

/** @throws InvalidOptionError */
function assertFeatures(features: unknown): asserts features is readonly ClientFeature[] {
  const at = 'DiscoveryModule.forFeature()';
  arrayOf<unknown>((feature, path) => {
    const isFeature = typeof feature === 'function' || typeof feature === 'object';
    if (isFeature && feature !== null) return feature;
    const remedy = 'An undefined one is often caused by a circular import.';
    throw refuse(path, 'a @BalancedClient class, or a contract with its service', feature, remedy);
  }, 'Give a list of clients.')(features, at);
}

function balancedClientProviders(clientClass: ClientClass): Provider[] {
  return [
    declarationOf(clientClass),
    {
      provide: clientClass,
      useFactory: (
        moduleRef: ModuleRef,
        catalog: ClientCatalog | undefined,
        clients: GrpcClients | undefined,
      ) => createBalancedClient(clientClass, moduleRef, provided(catalog), provided(clients)),
      inject: [ModuleRef, optional(ClientCatalog), optional(GrpcClients)],
    },
  ];
}

/** One `ClientGrpc` for each service, whatever the number of its contracts, and a stub for each of their rpc services. */
function grpcClientProviders(contracts: readonly GrpcClientOptions[]): Provider[] {
  const services = new Set(contracts.map(({ service }) => service));
  return [...services].flatMap((service) => {
    const named = contracts
      .filter((it) => it.service === service)
      .map((options) => new NamedContract(options));
    const merged = mergedContract(service, named);
    const interceptors = [...new Set(named.flatMap((it) => it.interceptors))];
    return [
      ...named.map(({ name, channel }) => declarationOf({ name, channel })),
      {
        provide: getClientGrpcToken(service),
        useFactory: (clients?: GrpcClients) => provided(clients).clientGrpc(merged, interceptors),
        inject: [optional(GrpcClients)],
      },
      ...stubProviders(service, named),
    ];
  });
}

/**
 * A stub is injected by the name of its rpc service, with or without its package. If there is only one, the name can be
 * omitted.
 */
function stubProviders(service: string, contracts: readonly NamedContract[]): Provider[] {
  const stubs = contracts.flatMap((contract) =>
    contract.rpcServices().map((rpcService) => ({ contract, rpcService })),
  );
  const fullNames = stubs.map(({ rpcService }) => rpcService.fullName);
  const twice = fullNames.find((it, i) => fullNames.indexOf(it) !== i);
  if (twice !== undefined) {
    throw setupErrors.duplicateClient(`rpc service "${twice}" of service "${service}"`);
  }
  const names = stubs.map(({ rpcService }) => rpcService.name);
  return stubs.flatMap(({ contract, rpcService }) => {
    const { fullName, name } = rpcService;
    const ofPackage = contract.ofPackage(rpcService.package);
    const token = getGrpcServiceToken(service, fullName);
    const isOnly = names.filter((it) => it === name).length === 1;
    const aliases = [
      ...(isOnly && name !== fullName ? [getGrpcServiceToken(service, name)] : []),
      ...(stubs.length === 1 ? [getGrpcServiceToken(service)] : []),
    ];
    return [
      {
        provide: token,
        useFactory: (clients?: GrpcClients) =>
          provided(clients).stub(ofPackage, name, contract.interceptors),
        inject: [optional(GrpcClients)],
      },
      ...aliases.map((alias) => ({ provide: alias, useExisting: token })),
    ];
  });
}

function declarationOf(client: ClientDeclaration['client']): ValueProvider {
  const description = `declaration of ${client.name}`;
  return { provide: Symbol(description), useValue: new ClientDeclaration(client) };
}

function optional(token: InjectionToken) {
  return { token, optional: true };
}

/** Nest's own error would name an internal class. */
function provided<T>(ofRoot: T | undefined): T {
  if (ofRoot !== undefined) return ofRoot;
  throw setupErrors.missingModule('DiscoveryModule.forFeature()');
}

/** A checked contract of `forFeature`, and its name for error messages. */
export class NamedContract {
  readonly name: string;
  /** Its options of the service's channel. */
  readonly channel: ServiceChannelOptions;
  readonly interceptors: readonly Interceptor[];

  /** @throws InvalidOptionError */
  constructor(readonly options: GrpcClientOptions) {
    const { service, rpcService } = options;
    const suffix = rpcService === undefined ? '' : `, ${rpcService}`;
    this.name = `the client of service "${service}"${suffix}`;
    const { channel, interceptors } = readGrpcClientOptions(this.name, options);
    this.channel = channel;
    this.interceptors = interceptors;
  }

  /**
   * The rpc services that have a stub: the one that is named, else all.
   * @throws ClientContractError
   */
  rpcServices(): readonly ContractService[] {
    const { name, options } = this;
    return options.rpcService === undefined
      ? contractServices(name, options)
      : [contractService(name, options)];
  }

  /** The contract, narrowed to one of its packages: Nest's client would take the first service of a name. */
  ofPackage(packageName: string): ServiceContract {
    const { options } = this;
    return { ...contractOf(options), service: options.service, package: packageName };
  }
}

/**
 * The contract of all clients of one service, for its one `ClientGrpc`.
 * @throws DiscoverySetupError if their loaders differ
 */
export function mergedContract(
  service: string,
  clients: readonly NamedContract[],
): ServiceContract {
  const [first, ...others] = clients;
  const { protoLoader, packageDefinition, loader } = contractOf(first!.options);
  const common = { protoLoader, packageDefinition, loader };
  for (const { name, options } of others) {
    const differs = (['protoLoader', 'packageDefinition', 'loader'] as const).find(
      (field) => !isDeepStrictEqual(options[field], common[field]),
    );
    if (differs) throw setupErrors.conflictingClients(service, differs, [first!.name, name]);
  }
  const all = <T>(of: (options: GrpcClientOptions) => T | T[] | undefined): T[] => [
    ...new Set(clients.flatMap(({ options }) => of(options) ?? [])),
  ];
  const protoPath = all(({ protoPath }) => protoPath);
  return {
    ...definedOf(common),
    service,
    package: all((options) => options.package),
    ...(protoPath.length > 0 && { protoPath }),
  };
}

function contractOf(options: GrpcClientOptions): GrpcContractOptions {
  const { package: packages = '', protoPath, protoLoader, packageDefinition, loader } = options;
  const contract = { protoPath, protoLoader, packageDefinition, loader };
  return { package: packages, ...definedOf(contract) };
}

function definedOf<T extends object>(options: T): Partial<T> {
  const defined = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined) as Partial<T>;
}

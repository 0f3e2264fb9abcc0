import { Inject, type InjectionToken, type Provider, type ValueProvider } from '@nestjs/common';
import type { ClientGrpc } from '@nestjs/microservices';
import type { ClientClass } from './balanced-client.decorator.js';
import { ClientCatalog, ClientDeclaration } from './client-catalog.js';
import { contractService } from './contract.js';
import { createBalancedClient } from './create-balanced-client.js';
import { GrpcClients, type GrpcClientOptions } from './grpc-clients.js';

/** What `DiscoveryModule.forFeature` takes: a `@BalancedClient` class, or the contract of a client in Nest's own way. */
export type ClientFeature = ClientClass | GrpcClientOptions;

/** Token of Nest's `ClientGrpc` for a service. */
export function getClientGrpcToken(service: string): InjectionToken {
  return `DiscoveryClientGrpc(${service})`;
}

/** Token of a service's typed stub, whose methods return Observables. */
export function getGrpcServiceToken(service: string): InjectionToken {
  return `DiscoveryGrpcService(${service})`;
}

/** Injects Nest's `ClientGrpc` for a service that `forFeature([{ service, ...contract }])` named. */
export function InjectClientGrpc(service: string): ReturnType<typeof Inject> {
  return Inject(getClientGrpcToken(service));
}

/** Injects the typed stub of a service that `forFeature([{ service, ...contract }])` named. */
export function InjectGrpcService(service: string): ReturnType<typeof Inject> {
  return Inject(getGrpcServiceToken(service));
}

export function clientProviders(feature: ClientFeature): Provider[] {
  return typeof feature === 'function'
    ? balancedClientProviders(feature)
    : grpcClientProviders(feature);
}

function balancedClientProviders(clientClass: ClientClass): Provider[] {
  return [
    declarationOf(clientClass),
    {
      provide: clientClass,
      useFactory: (catalog: ClientCatalog, clients: GrpcClients) =>
        createBalancedClient(clientClass, catalog, clients),
      inject: [ClientCatalog, GrpcClients],
    },
  ];
}

function grpcClientProviders(options: GrpcClientOptions): Provider[] {
  const { service, policy, credentials, tls, retryBudget } = options;
  const name = `the client of service "${service}"`;
  return [
    declarationOf({ name, service, policy, credentials, tls, retryBudget }),
    {
      provide: getClientGrpcToken(service),
      useFactory: (clients: GrpcClients) => clients.clientGrpc(options),
      inject: [GrpcClients],
    },
    {
      provide: getGrpcServiceToken(service),
      useFactory: (client: ClientGrpc) => client.getService<object>(stubName(name, options)),
      inject: [getClientGrpcToken(service)],
    },
  ];
}

function declarationOf(client: ClientDeclaration['client']): ValueProvider {
  const description = `declaration of ${client.name}`;
  return { provide: Symbol(description), useValue: new ClientDeclaration(client) };
}

/** `getService` takes the name without its package. */
function stubName(client: string, options: GrpcClientOptions): string {
  const { fullName } = contractService(client, options);
  return fullName.slice(fullName.lastIndexOf('.') + 1);
}

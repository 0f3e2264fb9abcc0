import { Inject, type FactoryProvider, type InjectionToken } from '@nestjs/common';
import type { ClientGrpc } from '@nestjs/microservices';
import type { ClientClass } from './balanced-client.decorator.js';
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

export function clientProviders(feature: ClientFeature): FactoryProvider[] {
  return typeof feature === 'function'
    ? [balancedClientProvider(feature)]
    : grpcClientProviders(feature);
}

function balancedClientProvider(clientClass: ClientClass): FactoryProvider {
  return {
    provide: clientClass,
    useFactory: (clients: GrpcClients) => createBalancedClient(clientClass, clients),
    inject: [GrpcClients],
  };
}

function grpcClientProviders(options: GrpcClientOptions): FactoryProvider[] {
  return [
    {
      provide: getClientGrpcToken(options.service),
      useFactory: (clients: GrpcClients) => clients.clientGrpc(options),
      inject: [GrpcClients],
    },
    {
      provide: getGrpcServiceToken(options.service),
      useFactory: (client: ClientGrpc) => client.getService<object>(stubName(options)),
      inject: [getClientGrpcToken(options.service)],
    },
  ];
}

/** `getService` takes the name without its package. */
function stubName(options: GrpcClientOptions): string {
  const { fullName } = contractService(`The client of service "${options.service}"`, options);
  return fullName.slice(fullName.lastIndexOf('.') + 1);
}

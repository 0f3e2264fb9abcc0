import { PINGS_LABEL, reportUtilization } from '@grpc-discovery/balancing';
import { generatedInstanceId, type Registry } from '@grpc-discovery/registry';
import type { ServerInterceptor } from '@grpc/grpc-js';
import { ModuleRef } from '@nestjs/core';
import type { AsyncMicroserviceOptions } from '@nestjs/microservices';
import type { InjectionToken } from '@nestjs/common';
import { CallInterceptors } from '../call-interceptors.js';
import {
  normalizeServiceOptions,
  type NormalizedDiscoveryOptions,
  type NormalizedServiceOptions,
  type ServiceOptions,
} from '../discovery.options.js';
import { DISCOVERY_OPTIONS, DISCOVERY_REGISTRY } from '../discovery.tokens.js';
import { InvalidTlsError, MissingDiscoveryModuleError, MissingServiceError } from '../errors.js';
import { ServerReflection } from '../reflection/server-reflection.js';
import type { ServerTlsOptions } from '../tls/tls.options.js';
import { DiscoverableServer, type GrpcServerOptions } from './discoverable-server.js';
import { LocalInstances } from './local-instances.js';
import { ServedContracts } from './served-contracts.js';
import { parseServerUrl } from './server-url.js';

/** Nest's gRPC options, and the service that this server is an instance of. */
export type DiscoverableOptions = GrpcServerOptions & {
  /**
   * Where one process serves several services, each by a server of its own.
   * @default `service` of `DiscoveryModule.forRoot`
   */
  readonly service?: ServiceOptions;
  /**
   * Whether each call ends with a report of how busy the server is (ORCA trailers), by which clients can weigh their calls:
   * `weightedRoundRobin({ weights: 'reported' })`.
   * @default false
   */
  readonly reportUtilization?: boolean;
  /**
   * Interceptors of grpc-js, for every call that the server takes.
   * @default none
   */
  readonly interceptors?: readonly ServerInterceptor[];
  /**
   * Whether the server answers health checks by the standard protocol, grpc.health.v1: SERVING from its first call to the
   * beginning of its drain, as a whole and for each of its gRPC services. A health service that the application adds itself in
   * `onLoadPackageDefinition` goes before it.
   * @default true
   */
  readonly health?: boolean;
  /**
   * Whether the server tells its contract to tools such as grpcurl (gRPC Server Reflection). Needs the package
   * `@grpc/reflection`, which is loaded only then.
   * @default false
   */
  readonly reflection?: boolean;
  /**
   * TLS, with certificates that are read again while the server serves; mutual TLS with `clientCaFile`. Not beside
   * `credentials`.
   * @default `credentials`, else insecure, as inside a mesh or a private network
   */
  readonly tls?: ServerTlsOptions;
};

/**
 * Options for `NestFactory.createMicroservice` and `app.connectMicroservice`: a gRPC server that is registered while it
 * serves. The url may be any TCP address that grpc-js binds, port 0 included.
 * @throws InvalidServerUrlError for a unix socket; InvalidTlsError when it is created, and when it listens and a file can't be
 * used; MissingReflectionError without the package for it; MissingServiceError and MissingDiscoveryModuleError when the
 * application is created
 */
export function discoverable(options: DiscoverableOptions): AsyncMicroserviceOptions {
  const {
    service,
    reportUtilization: reports = false,
    interceptors = [],
    health = true,
    reflection: wantsReflection = false,
    tls,
    ...grpcOptions
  } = options;
  const all = reports ? [...interceptors, reportUtilization()] : interceptors;
  if (tls && grpcOptions.credentials !== undefined) {
    throw new InvalidTlsError('tls', 'absent where credentials are given', 'both');
  }
  if (grpcOptions.url !== undefined) parseServerUrl(grpcOptions.url);
  const reflection = wantsReflection ? ServerReflection.load() : undefined;
  const own = service && normalizeServiceOptions(service);
  return {
    inject: [ModuleRef],
    useFactory: (moduleRef: ModuleRef) => ({
      strategy: discoverableServer(
        { grpcOptions, own, health, reflection, tls, interceptors: all },
        moduleRef,
      ),
    }),
  };
}

interface NormalizedServerOptions {
  readonly grpcOptions: GrpcServerOptions;
  readonly own: NormalizedServiceOptions | undefined;
  readonly health: boolean;
  readonly reflection: ServerReflection | undefined;
  readonly tls: ServerTlsOptions | undefined;
  readonly interceptors: readonly ServerInterceptor[];
}

function discoverableServer(
  { grpcOptions, own, health, reflection, tls, interceptors }: NormalizedServerOptions,
  moduleRef: ModuleRef,
): DiscoverableServer {
  const options = provided<NormalizedDiscoveryOptions>(moduleRef, DISCOVERY_OPTIONS);
  const registry = provided<Registry>(moduleRef, DISCOVERY_REGISTRY);
  const service = own ?? options.service;
  if (!service) throw new MissingServiceError();
  const instances = provided<LocalInstances>(moduleRef, LocalInstances);
  const { name, id, advertisedAddress, config, ...described } = service;
  const server = new DiscoverableServer(grpcOptions, {
    registry,
    config,
    registryHosts: options.registry.kind === 'etcd' ? options.registry.options.hosts : [],
    instance: {
      ...described,
      service: name,
      id: id ?? generatedInstanceId(),
      metadata: { ...PINGS_LABEL, ...described.metadata },
    },
    advertisedAddress,
    drain: options.drain,
    onDrain: (event) => instances.tell(event),
    onContract: provided<ServedContracts>(moduleRef, ServedContracts).expect(),
    health,
    reflection,
    tls,
    interceptors,
    observers: provided(moduleRef, CallInterceptors),
  });
  instances.add(server);
  return server;
}

function provided<T>(moduleRef: ModuleRef, token: InjectionToken): T {
  try {
    return moduleRef.get<T>(token, { strict: false });
  } catch (cause) {
    throw new MissingDiscoveryModuleError({ cause });
  }
}

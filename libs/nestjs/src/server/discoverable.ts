import { PINGS_LABEL, reportUtilization } from '@grpc-discovery/balancing';
import { generatedInstanceId, type Registry } from '@grpc-discovery/registry';
import {
  aFunction,
  arrayOf,
  block,
  flag,
  optional,
  type OptionTable,
  readOptions,
  refuse,
  text,
} from '@grpc-discovery/registry/options';
import type { ServerInterceptor } from '@grpc/grpc-js';
import type { InjectionToken } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { AsyncMicroserviceOptions } from '@nestjs/microservices';
import { CallInterceptors } from '../call-interceptors.js';
import type { NormalizedDiscoveryOptions } from '../discovery.options.js';
import { DISCOVERY_OPTIONS, DISCOVERY_REGISTRY } from '../discovery.tokens.js';
import { contractTableOf, limitsTable } from '../options/grpc-options.js';
import { LocalInstances } from './local-instances.js';
import { ServedContracts } from './served-contracts.js';
import { parseServerUrl } from './bound-server.js';
import {
  type NormalizedServiceOptions,
  normalizeServiceOptions,
  type ServiceOptions,
} from './service-options.js';
import { type ServerTlsOptions, serverTlsTable } from '../tls/tls.options.js';
import { DiscoverableServer, type GrpcServerOptions } from './discoverable-server.js';
import { invalidOptions, setupErrors } from '../errors.js';

/** Nest's gRPC options, and the service of the server. */
export type DiscoverableOptions = GrpcServerOptions & {
  /**
   * The service of this server, if one process serves several, each with its own server.
   * @default `service` of `DiscoveryModule.forRoot`
   */
  readonly service?: ServiceOptions;
  /**
   * Whether each call ends with a report of how busy the server is (ORCA trailers), which clients can use as weights:
   * `weightedRoundRobin({ weights: 'reported' })`.
   * @default false
   */
  readonly reportUtilization?: boolean;
  /**
   * Interceptors of grpc-js for every call of the server.
   * @default none
   */
  readonly interceptors?: readonly ServerInterceptor[];
  /**
   * Whether the server answers health checks by the standard protocol, grpc.health.v1: SERVING from its first call until its
   * drain starts, for the server and for each of its gRPC services. A health service that the application adds in
   * `onLoadPackageDefinition` takes precedence.
   * @default true
   */
  readonly health?: boolean;
  /**
   * Whether the server exposes its contract to tools such as grpcurl (gRPC Server Reflection). Needs the package
   * `@grpc/reflection`, which is loaded only then.
   * @default false
   */
  readonly reflection?: boolean;
  /**
   * TLS, with certificates that are reloaded while the server serves; mutual TLS with `clientCaFile`. Excludes
   * `credentials`.
   * @default `credentials`, else insecure, as inside a mesh or a private network
   */
  readonly tls?: ServerTlsOptions;
};

/**
 * Options for `NestFactory.createMicroservice` and `app.connectMicroservice`: a gRPC server that is registered while it
 * serves. The url may be any TCP address that grpc-js binds, port 0 included.
 * @throws InvalidOptionError. When the application is created or listens, it throws InvalidOptionError for a file that can't be
 * used, ClientContractError for its contract, and DiscoverySetupError if a package, a service or the module is missing.
 */
export function discoverable(options: DiscoverableOptions): AsyncMicroserviceOptions {
  const table = {
    ...contractTableOf(options),
    ...serverTable,
  } satisfies OptionTable<DiscoverableOptions>;
  readOptions(table, options, 'discoverable');
  const {
    service,
    reportUtilization: reports = false,
    interceptors = [],
    health = true,
    reflection = false,
    tls,
    ...grpcOptions
  } = options;
  const all = reports ? [...interceptors, reportUtilization()] : interceptors;
  if (tls && grpcOptions.credentials !== undefined) {
    throw invalidOptions.tls('tls', 'absent where credentials are given', 'both');
  }
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

const serverTable = {
  url: optional(serverUrl, 'what the server binds'),
  ...limitsTable,
  credentials: optional((it) => it, 'credentials of grpc-js'),
  gracefulShutdown: optional(always, 'always on: see `drain` of forRoot'),
  onLoadPackageDefinition: optional(aFunction(), 'called with the contract and the server'),
  service: optional((it) => it, 'what the server is an instance of'),
  reportUtilization: optional(flag(), 'whether calls end with a load report'),
  interceptors: optional(
    arrayOf(aFunction<ServerInterceptor>('Give interceptors of grpc-js.')),
    'of every call that the server takes',
  ),
  health: optional(flag(), 'whether the server answers health checks'),
  reflection: optional(flag(), 'whether the server offers reflection'),
  tls: optional(block(serverTlsTable), 'TLS from files'),
};

function serverUrl(value: unknown, path: string): string {
  const url = text('Bind a TCP port, like "0.0.0.0:50051".')(value, path);
  parseServerUrl(url);
  return url;
}

/** Nest's switch for a graceful shutdown. A registered server always shuts down gracefully. */
function always(value: unknown, path: string): true {
  if (value === true) return true;
  const remedy = 'The server is always drained; `drain` of forRoot sets its bounds.';
  throw refuse(path, 'true or left out', value, remedy);
}

interface NormalizedServerOptions {
  readonly grpcOptions: GrpcServerOptions;
  readonly own: NormalizedServiceOptions | undefined;
  readonly health: boolean;
  readonly reflection: boolean;
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
  if (!service) throw setupErrors.missingService();
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
    throw setupErrors.missingModule('discoverable()', { cause });
  }
}

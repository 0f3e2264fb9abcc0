import {
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { type Clock } from '../clock.js';
import { type Member } from '../member/member.js';
import { authService } from './auth-service.js';
import { clusterService } from './cluster-service.js';
import { loadDefinitions, serviceNames, type ServiceName } from './definitions.js';
import { kvService, maxRequestBytes } from './kv-service.js';
import { leaseService } from './lease-service.js';
import { maintenanceService } from './maintenance-service.js';
import { serveParts } from './parts-call.js';
import { type RpcFaults } from './rpc-faults.js';
import { type Rpcs } from './rpc.js';
import { type ServingContext } from './serving-context.js';
import { serveStream } from './stream-call.js';
import { serveUnary } from './unary-call.js';
import { refuseUnsupported } from './unsupported.js';
import { watchService } from './watch-service.js';

export interface RpcServerOptions {
  member(): Member;
  readonly faults: RpcFaults;
  readonly clock: Clock;
  readonly watchProgressNotifyMs: number;
  /** Where clients reach it: the front, not this server itself. */
  clientUrls(): readonly string[];
}

/** etcd lets a message be 512 KiB larger than a request before gRPC itself refuses it. */
const maxMessageBytes = maxRequestBytes + 512 * 1024;

/** The gRPC server behind the front. */
export class RpcServer {
  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  /** Listens on a free loopback port. */
  static async start(options: RpcServerOptions): Promise<RpcServer> {
    const server = new Server({
      'grpc.max_receive_message_length': maxMessageBytes,
      'grpc.max_send_message_length': -1,
      'grpc.enable_channelz': 0,
    });
    addServices(server, options);
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    return new RpcServer(server, port);
  }

  /** Cuts every call. */
  stop(): void {
    this.server.forceShutdown();
  }
}

function addServices(server: Server, options: RpcServerOptions): void {
  const definitions = loadDefinitions();
  const services: Record<ServiceName, Rpcs> = {
    KV: kvService,
    Lease: leaseService,
    Watch: watchService(options.clock, options.watchProgressNotifyMs),
    Auth: authService,
    Maintenance: maintenanceService,
    Cluster: clusterService(() => options.clientUrls()),
  };
  const sizes = new WeakMap<object, number>();
  const context: ServingContext = {
    member: () => options.member(),
    faults: options.faults,
    requestBytes: (request) => sizes.get(request) ?? 0,
  };
  for (const name of serviceNames) {
    server.addService(measured(definitions[name], sizes), implement(services[name], context));
  }
  refuseUnsupported(server);
}

function implement(rpcs: Rpcs, context: ServingContext): UntypedServiceImplementation {
  return Object.fromEntries(
    Object.entries(rpcs).map(([method, rpc]) => [method, serve(method, rpc, context)]),
  );
}

function serve(method: string, rpc: Rpcs[string], context: ServingContext) {
  switch (rpc.kind) {
    case 'unary':
      return serveUnary(method, rpc, context);
    case 'parts':
      return serveParts(method, rpc, context);
    case 'stream':
      return serveStream(method, rpc, context);
  }
}

/** The same service, but it notes how long each request was: etcd's size limit counts encoded bytes. */
function measured(service: ServiceDefinition, sizes: WeakMap<object, number>): ServiceDefinition {
  return Object.fromEntries(
    Object.entries(service).map(([name, method]) => [
      name,
      {
        ...method,
        requestDeserialize(bytes: Buffer): object {
          const request = method.requestDeserialize(bytes) as object;
          sizes.set(request, bytes.length);
          return request;
        },
      },
    ]),
  );
}

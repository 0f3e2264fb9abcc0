import {
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { Clock } from '../clock.js';
import type { Member } from '../member/member.js';
import { authService } from './auth-service.js';
import { loadDefinitions, type ServiceName, serviceNames } from './definitions.js';
import { kvService, maxRequestBytes } from './kv-service.js';
import { leaseService } from './lease-service.js';
import { clusterService, maintenanceService } from './maintenance-service.js';
import type { Rpc } from './rpc.js';
import {
  type RpcFaults,
  serveParts,
  serveStream,
  serveUnary,
  type ServingContext,
} from './serve-call.js';
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
  const services: Record<ServiceName, Readonly<Record<string, Rpc>>> = {
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

function implement(
  rpcs: Readonly<Record<string, Rpc>>,
  context: ServingContext,
): UntypedServiceImplementation {
  return Object.fromEntries(
    Object.entries(rpcs).map(([method, rpc]) => [method, serve(method, rpc, context)]),
  );
}

function serve(method: string, rpc: Rpc, context: ServingContext) {
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

/** The rest of etcd's API, by service. */
const unsupportedMethods: Readonly<Record<string, readonly string[]>> = {
  'etcdserverpb.Cluster': ['MemberAdd', 'MemberRemove', 'MemberUpdate', 'MemberPromote'],
  'etcdserverpb.Maintenance': ['Hash', 'HashKV', 'Snapshot', 'MoveLeader', 'Downgrade'],
  'v3lockpb.Lock': ['Lock', 'Unlock'],
  'v3electionpb.Election': ['Campaign', 'Proclaim', 'Leader', 'Observe', 'Resign'],
};

const served =
  'it serves KV, Watch, Lease and Auth whole, Cluster.MemberList, and Alarm, Status and Defragment of Maintenance';

/** Answers etcd's other methods with UNIMPLEMENTED and a message that lists the served ones. */
function refuseUnsupported(server: Server): void {
  const bytes = (value: Buffer) => value;
  for (const [service, methods] of Object.entries(unsupportedMethods)) {
    for (const method of methods) {
      const path = `/${service}/${method}`;
      const details = `embedded-etcd does not serve ${path}; ${served}`;
      // A stream handler answers calls of all four shapes.
      server.register(
        path,
        (call: { emit(event: 'error', failure: object): void }) =>
          call.emit('error', { code: status.UNIMPLEMENTED, details }),
        bytes,
        bytes,
        'bidi',
      );
    }
  }
}

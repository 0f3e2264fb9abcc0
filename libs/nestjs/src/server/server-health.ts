import {
  type sendUnaryData,
  type ServerUnaryCall,
  type ServerWritableStream,
  status,
} from '@grpc/grpc-js';
import { fromJSON, type ServiceDefinition } from '@grpc/proto-loader';
import type { ListingServer } from './bound-server.js';

const HEALTH_SERVICE = 'grpc.health.v1.Health';
/** In the protocol, the name of the server as a whole. */
const WHOLE_SERVER = '';

/** Whether a method belongs to the health checking protocol. */
export function isHealthCheck(path: string): boolean {
  return path.startsWith(`/${HEALTH_SERVICE}/`);
}

/**
 * The standard health checking protocol, grpc.health.v1, on a server: one status for all of it and one for each of its
 * services. It reports whether the server takes calls, and does not depend on etcd: a working server stays healthy while the
 * registry is down.
 */
export class ServerHealth {
  private readonly service = new HealthService();

  private constructor(private readonly subjects: readonly string[]) {}

  /** Call it when all services are added. Does nothing if the server already has a health service. */
  static addTo(server: ListingServer): ServerHealth | undefined {
    const services = server.serviceNames;
    if (services.includes(HEALTH_SERVICE)) return undefined;
    const health = new ServerHealth([WHOLE_SERVER, ...services]);
    health.service.addTo(server);
    return health;
  }

  serving(): void {
    for (const subject of this.subjects) this.service.set(subject, 'SERVING');
  }

  /** Notifies watchers immediately. */
  notServing(): void {
    for (const subject of this.subjects) this.service.set(subject, 'NOT_SERVING');
  }
}

interface Subject {
  readonly service: string;
}

interface Status {
  readonly status: ServingStatus;
}

type Watching = ServerWritableStream<Subject, Status>;

/** With more services than this, the protocol requires the server to refuse a list. */
const MOST_LISTED = 100;

/** The rpcs of `grpc.health.v1.Health`, as its contract describes them. */
export class HealthService {
  private readonly statuses = new Map<string, ServingStatus>();
  private readonly watching = new Map<string, Set<Watching>>();

  /** Notifies watchers immediately. */
  set(service: string, now: ServingStatus): void {
    this.statuses.set(service, now);
    for (const call of this.watching.get(service) ?? []) call.write({ status: now });
  }

  addTo(server: Pick<ListingServer, 'addService'>): void {
    server.addService(healthContract(), {
      Check: (call: ServerUnaryCall<Subject, Status>, reply: sendUnaryData<Status>) =>
        this.check(call.request.service, reply),
      Watch: (call: Watching) => this.watch(call),
      List: (_: unknown, reply: sendUnaryData<object>) => this.list(reply),
    });
  }

  private check(service: string, reply: sendUnaryData<Status>): void {
    const now = this.statuses.get(service);
    if (now !== undefined) return reply(null, { status: now });
    reply({ code: status.NOT_FOUND, details: `Health status unknown for service ${service}` });
  }

  /** The call stays open: an unknown service may be added later. */
  private watch(call: Watching): void {
    const { service } = call.request;
    const calls = this.watching.get(service) ?? new Set();
    this.watching.set(service, calls.add(call));
    call.on('cancelled', () => {
      calls.delete(call);
      if (calls.size === 0) this.watching.delete(service);
    });
    call.write({ status: this.statuses.get(service) ?? 'SERVICE_UNKNOWN' });
  }

  private list(reply: sendUnaryData<object>): void {
    if (this.statuses.size > MOST_LISTED)
      return reply({ code: status.RESOURCE_EXHAUSTED, details: 'Too many services to list.' });
    const statuses = [...this.statuses].map(([service, now]) => [service, { status: now }]);
    reply(null, { statuses: Object.fromEntries(statuses) as object });
  }
}

/** In the protocol, the status of a server or of one of its services. */
export type ServingStatus = 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';

const MESSAGES = {
  HealthCheckRequest: { fields: { service: { id: 1, type: 'string' } } },
  HealthCheckResponse: {
    fields: { status: { id: 1, type: 'ServingStatus' } },
    nested: {
      ServingStatus: {
        values: { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 },
      },
    },
  },
  HealthListRequest: { fields: {} },
  HealthListResponse: {
    fields: { statuses: { id: 1, keyType: 'string', type: 'HealthCheckResponse' } },
  },
};

const check = { requestType: 'HealthCheckRequest', responseType: 'HealthCheckResponse' };

const SERVICES = {
  Health: {
    methods: {
      Check: check,
      Watch: { ...check, responseStream: true },
      List: { requestType: 'HealthListRequest', responseType: 'HealthListResponse' },
    },
  },
};

/**
 * `grpc/health/v1/health.proto`. It is part of the code, because bundlers omit a separate file such as that of
 * `grpc-health-check`.
 */
function healthContract(): ServiceDefinition {
  const v1 = { nested: { ...MESSAGES, ...SERVICES } };
  // Its type requires all fields and methods.
  const root: unknown = { nested: { grpc: { nested: { health: { nested: { v1 } } } } } };
  const options = { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true };
  const definitions = fromJSON(root as Parameters<typeof fromJSON>[0], options);
  return definitions['grpc.health.v1.Health'] as ServiceDefinition;
}

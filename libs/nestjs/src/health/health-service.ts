import {
  status,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import type { ListingServer } from '../registration/listing-server.js';
import { healthContract, type ServingStatus } from './health-contract.js';

interface Subject {
  readonly service: string;
}

interface Status {
  readonly status: ServingStatus;
}

type Watching = ServerWritableStream<Subject, Status>;

/** The protocol asks a server with more services to refuse to list them. */
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

  /** A service that is not known may become so: the call stays open. */
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

import type { ListingServer } from '../registration/listing-server.js';
import { HealthService } from './health-service.js';

const HEALTH_SERVICE = 'grpc.health.v1.Health';
/** In the protocol, the name of the server as a whole. */
const WHOLE_SERVER = '';

/** Whether a method belongs to the health checking protocol. */
export function isHealthCheck(path: string): boolean {
  return path.startsWith(`/${HEALTH_SERVICE}/`);
}

/**
 * The standard health checking protocol, grpc.health.v1, on a server: one status for all of it and one for each of its
 * services. It tells whether the server takes calls, and nothing of etcd: a registry that is away makes no working server
 * unhealthy.
 */
export class ServerHealth {
  private readonly service = new HealthService();

  private constructor(private readonly subjects: readonly string[]) {}

  /** Call it when all services are added. Leaves a server alone that brings a health service of its own. */
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

  /** Tells those who watch at once. */
  notServing(): void {
    for (const subject of this.subjects) this.service.set(subject, 'NOT_SERVING');
  }
}

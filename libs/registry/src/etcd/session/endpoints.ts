import type { Clock, Random } from '../../timing/clock.js';
import { Endpoint } from './endpoint.js';
import type { Connect, EtcdConnection } from '../client/etcd-connection.js';
import type { EtcdFailure } from '../client/etcd-failure.js';

/** Time in milliseconds for which a failed endpoint is left alone while there are others. */
const REST_MS = 5_000;

/** The endpoints in order of preference: the last good one first, failed ones last, shuffled once so that processes spread. */
export class Endpoints {
  private readonly all: readonly Endpoint[];
  private good: Endpoint | undefined;

  constructor(
    hosts: readonly string[],
    connect: Connect,
    private readonly clock: Clock,
    random: Random,
  ) {
    this.all = shuffled(hosts, random).map((host) => new Endpoint(host, connect, clock));
  }

  get size(): number {
    return this.all.length;
  }

  /** The endpoint to use now; if all rest, the one that has rested longest. */
  pick(): Endpoint {
    const now = this.clock.now();
    const rest = (endpoint: Endpoint) => Math.max(0, endpoint.restsUntil - now);
    if (this.good && rest(this.good) === 0) return this.good;
    return this.all.reduce((best, each) => (rest(each) < rest(best) ? each : best));
  }

  of(connection: EtcdConnection): Endpoint | undefined {
    return this.all.find((each) => each.has(connection));
  }

  succeeded(endpoint: Endpoint, connection: EtcdConnection, tookMs: number): void {
    this.good = endpoint;
    endpoint.answered(connection, tookMs);
  }

  /** Lets the endpoint rest, and gives up the connection unless the endpoint is alive and only slow. */
  reportFailure(endpoint: Endpoint, connection: EtcdConnection, failure: EtcdFailure): void {
    if (failure.kind === 'silent' || failure.kind === 'slow') endpoint.timedOut();
    if (failure.kind === 'slow' ? endpoint.has(connection) : endpoint.drop(connection, failure)) {
      this.rest(endpoint);
    }
  }

  rest(endpoint: Endpoint): void {
    endpoint.restsUntil = this.clock.now() + REST_MS;
  }

  close(failure: EtcdFailure): void {
    for (const endpoint of this.all) endpoint.close(failure);
  }
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}

import type { Clock, Random } from '../timing/clock.js';
import type { Connect, EtcdConnection } from './etcd-connection.js';
import type { EtcdFailure } from './etcd-failure.js';

/** How long a bad endpoint is left alone while there are others. */
const REST_MS = 5_000;

/** One host and the connection to it, if there is one. */
export class Endpoint {
  private current: EtcdConnection | undefined;
  private proven = false;
  /** Time of the clock until which others are preferred. */
  restsUntil = 0;

  constructor(
    readonly host: string,
    private readonly connect: Connect,
  ) {}

  get connection(): EtcdConnection {
    return (this.current ??= this.connect(this.host));
  }

  /** Whether the connection has answered before: an answer takes no time to connect then. */
  get isProven(): boolean {
    return this.proven;
  }

  /** The connection has answered. */
  succeeded(connection: EtcdConnection): void {
    if (this.current === connection) this.proven = true;
    this.restsUntil = 0;
  }

  /** Closes the connection, if it is still this one: a second caller must not close the fresh one. */
  drop(connection: EtcdConnection, failure: EtcdFailure): boolean {
    if (this.current !== connection) return false;
    this.close(failure);
    return true;
  }

  close(failure: EtcdFailure): void {
    const { current } = this;
    this.current = undefined;
    this.proven = false;
    current?.close(failure);
  }
}

/** The endpoints in an order of our own: last good one first, a bad one rests, shuffled once so that processes spread. */
export class Endpoints {
  private readonly all: readonly Endpoint[];
  private good: Endpoint | undefined;

  constructor(
    hosts: readonly string[],
    connect: Connect,
    private readonly clock: Clock,
    random: Random,
  ) {
    this.all = shuffled(hosts, random).map((host) => new Endpoint(host, connect));
  }

  get size(): number {
    return this.all.length;
  }

  /** The one to use now; when all rest, the one that has rested longest. */
  pick(): Endpoint {
    const now = this.clock.now();
    const rest = (endpoint: Endpoint) => Math.max(0, endpoint.restsUntil - now);
    if (this.good && rest(this.good) === 0) return this.good;
    return this.all.reduce((best, each) => (rest(each) < rest(best) ? each : best));
  }

  succeeded(endpoint: Endpoint, connection: EtcdConnection): void {
    this.good = endpoint;
    endpoint.succeeded(connection);
  }

  /** Gives up the connection and lets the endpoint rest. */
  blame(endpoint: Endpoint, connection: EtcdConnection, failure: EtcdFailure): void {
    if (endpoint.drop(connection, failure)) endpoint.restsUntil = this.clock.now() + REST_MS;
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

import { type Clock, type Random, type Timer, withinLoopTime } from '../../timing/clock.js';
import type { Connect, EtcdConnection } from '../client/etcd-connection.js';
import { EtcdFailure } from '../client/etcd-failure.js';
import { Deferred } from '../../timing/wait.js';

/** Maximum number of late connection attempts kept beside a fresh one. */
const MOST_LATE = 3;
/** Time in milliseconds for which a late attempt may still succeed. */
const LATE_MS = 10_000;
/** Round trips that an answer may take, measured by the time the connection took. */
const ROUND_TRIPS = 2.5;
/** Maximum time limit of a try, in milliseconds. */
const MOST_PATIENCE_MS = 6_000;
/**
 * Time in milliseconds after which an unused connection is closed. After faults, calls move to another member of etcd; without
 * this limit each process would end up connected to all of them.
 */
const UNUSED_MS = 30_000;

/** A connection attempt. */
interface Opening {
  readonly connection: EtcdConnection;
  readonly openedAt: number;
  /** Gives up the attempt; set once it is late. */
  end?: Timer;
}

/**
 * One host and the connection to it, if there is one. An attempt that does not succeed in time is not closed at once: a slow link
 * takes longer, and only a fresh attempt beside it shows whether it is dead. The first attempt to succeed is used.
 */
export class Endpoint {
  private opening: Opening | undefined;
  private late: readonly Opening[] = [];
  private up: EtcdConnection | undefined;
  private arrival = new Deferred<void>();
  private proven = false;
  /** Time that the connection took; at most that of answers, once known. */
  private roundTripMs = 0;
  /** Tries that were not answered in time; each answer subtracts one. */
  private timeouts = 0;
  /** Clock time of the last use of the connection. */
  private usedAt = 0;
  private unused: Timer | undefined;
  /** Clock time until which others are preferred. */
  restsUntil = 0;

  constructor(
    readonly host: string,
    private readonly connect: Connect,
    private readonly clock: Clock,
  ) {}

  /** Whether the connection has answered before. */
  get isProven(): boolean {
    return this.proven;
  }

  /** Time limit for an answer: the usual one, more on a slow link and after tries that were too short. */
  patience(usualMs: number): number {
    const doubledMs = usualMs * 2 ** Math.min(this.timeouts, 10);
    const grownMs = Math.max(doubledMs, ROUND_TRIPS * this.roundTripMs);
    return Math.max(usualMs, Math.min(MOST_PATIENCE_MS, grownMs));
  }

  /**
   * A connection over which a call begins at once, or fails at once with the reason.
   * @throws EtcdFailure `silent` if no connection is established in time: the next caller gets a fresh attempt
   */
  async ready(limitMs: number): Promise<EtcdConnection> {
    this.usedAt = this.clock.now();
    if (this.up) return this.up;
    const opening = (this.opening ??= this.open());
    const silence = () =>
      new EtcdFailure(
        'silent',
        `${this.host} accepted no connection within ${Math.round(limitMs)} ms`,
      );
    try {
      await withinLoopTime(this.clock, this.arrival.promise, { limitMs, onLimit: silence });
    } catch (error) {
      this.setAside(opening);
      throw error;
    }
    return this.up ?? this.ready(limitMs);
  }

  has(connection: EtcdConnection): boolean {
    return this.up === connection;
  }

  /** The connection has answered. */
  answered(connection: EtcdConnection, tookMs: number): void {
    if (this.up === connection) this.proven = true;
    this.timeouts = Math.max(0, this.timeouts - 1);
    this.roundTripMs = Math.min(this.roundTripMs, Math.max(tookMs, 0.8 * this.roundTripMs));
    this.restsUntil = 0;
  }

  timedOut(): void {
    this.timeouts++;
  }

  /** Closes the connection if it is still the current one: a second caller must not close the fresh one. */
  drop(connection: EtcdConnection, failure: EtcdFailure): boolean {
    if (this.up !== connection) return false;
    this.up = undefined;
    this.proven = false;
    this.unused?.cancel();
    connection.close(failure);
    return true;
  }

  close(failure: EtcdFailure): void {
    this.up?.close(failure);
    this.closeOpening(failure);
    this.up = undefined;
    this.unused?.cancel();
    this.arrival.reject(failure);
  }

  private open(): Opening {
    const opening = { connection: this.connect(this.host), openedAt: this.clock.now() };
    opening.connection
      .settled()
      .then(() => this.connected(opening))
      .catch(() => this.giveUp(opening));
    return opening;
  }

  private connected(opening: Opening): void {
    const isAwaited = opening === this.opening || this.late.includes(opening);
    if (!isAwaited || this.up) return;
    this.up = opening.connection;
    this.closeUnused(opening.connection);
    this.roundTripMs = this.clock.now() - opening.openedAt;
    this.closeOpening(tooLate(this.host), opening);
    this.arrival.resolve();
    this.arrival = new Deferred();
  }

  private closeUnused(connection: EtcdConnection): void {
    this.unused = this.clock.after(UNUSED_MS, () => {
      const isUsed = connection.inUse || this.clock.now() - this.usedAt < UNUSED_MS;
      if (isUsed) this.closeUnused(connection);
      else this.drop(connection, unused(this.host));
    });
  }

  private setAside(opening: Opening): void {
    if (this.opening !== opening) return;
    this.opening = undefined;
    this.late = [...this.late, opening];
    const [oldest] = this.late;
    if (this.late.length > MOST_LATE && oldest) this.giveUp(oldest);
    opening.end = this.clock.after(LATE_MS, () => this.giveUp(opening));
  }

  private giveUp(opening: Opening): void {
    this.late = this.late.filter((each) => each !== opening);
    opening.end?.cancel();
    opening.connection.close(tooLate(this.host));
  }

  private closeOpening(failure: EtcdFailure, except?: Opening): void {
    const all = this.opening ? [...this.late, this.opening] : this.late;
    this.opening = undefined;
    this.late = [];
    for (const each of all) {
      each.end?.cancel();
      if (each !== except) each.connection.close(failure);
    }
  }
}

function tooLate(host: string): EtcdFailure {
  return new EtcdFailure('unavailable', `the connection to ${host} was not established in time`);
}

function unused(host: string): EtcdFailure {
  return new EtcdFailure(
    'unavailable',
    `the connection to ${host} was closed because nothing used it`,
  );
}

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

import type { Clock, Timer } from '../../timing/clock.js';
import { Deferred } from '../../timing/wait.js';
import { withinLoopTime } from '../../timing/loop-time.js';
import type { Connect, EtcdConnection } from '../client/etcd-connection.js';
import { EtcdFailure } from '../client/etcd-failure.js';

/** How many connections that are late to come about are kept beside a fresh one. */
const MOST_LATE = 3;
/** How long each of them may still come about, in milliseconds. */
const LATE_MS = 10_000;
/** Round trips that an answer may take, measured by how long the connection took to come about. */
const ROUND_TRIPS = 2.5;
/** No limit of a try grows beyond, in milliseconds. */
const MOST_PATIENCE_MS = 6_000;
/**
 * How long a connection may stay unused before it is closed, in milliseconds. After faults calls move to another member of etcd;
 * without this bound each process would end up connected to all of them.
 */
const UNUSED_MS = 30_000;

/** A connection that has not come about yet. */
interface Opening {
  readonly connection: EtcdConnection;
  readonly openedAt: number;
  /** Ends the patience with it; set once it is late. */
  end?: Timer;
}

/**
 * One host and the connection to it, if there is one. A connection that does not come about in time is not closed at once:
 * a slow link needs longer, and only beside a fresh attempt it can be told from a dead one. Whichever comes about first is used.
 */
export class Endpoint {
  private opening: Opening | undefined;
  private late: readonly Opening[] = [];
  private up: EtcdConnection | undefined;
  private arrival = new Deferred<void>();
  private proven = false;
  /** How long the connection took to come about; no longer than answers take once those are known. */
  private roundTripMs = 0;
  /** Tries that were not answered in time, one after the other; each answer takes one back. */
  private timeouts = 0;
  /** Time of the clock when the connection was last asked for. */
  private usedAt = 0;
  private unused: Timer | undefined;
  /** Time of the clock until which others are preferred. */
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

  /** Time that an answer may take: the usual one, more over a slow link and after tries that were too short. */
  patience(usualMs: number): number {
    const doubledMs = usualMs * 2 ** Math.min(this.timeouts, 10);
    const grownMs = Math.max(doubledMs, ROUND_TRIPS * this.roundTripMs);
    return Math.max(usualMs, Math.min(MOST_PATIENCE_MS, grownMs));
  }

  /**
   * A connection over which a call begins at once, or fails at once with the reason.
   * @throws EtcdFailure `silent` when none comes about in time: the next one to ask gets a fresh one
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

  /** The connection has answered after so many milliseconds. */
  answered(connection: EtcdConnection, tookMs: number): void {
    if (this.up === connection) this.proven = true;
    this.timeouts = Math.max(0, this.timeouts - 1);
    this.roundTripMs = Math.min(this.roundTripMs, Math.max(tookMs, 0.8 * this.roundTripMs));
    this.restsUntil = 0;
  }

  timedOut(): void {
    this.timeouts++;
  }

  /** Closes the connection, if it is still this one: a second caller must not close the fresh one. */
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
      .then(() => this.cameUp(opening))
      .catch(() => this.giveUp(opening));
    return opening;
  }

  private cameUp(opening: Opening): void {
    const isAwaited = opening === this.opening || this.late.includes(opening);
    if (!isAwaited || this.up) return;
    this.up = opening.connection;
    this.closeUnused(opening.connection);
    this.roundTripMs = this.clock.now() - opening.openedAt;
    this.closeOpening(outrun(this.host), opening);
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
    opening.connection.close(outrun(this.host));
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

function outrun(host: string): EtcdFailure {
  return new EtcdFailure('unavailable', `the connection to ${host} did not come about in time`);
}

function unused(host: string): EtcdFailure {
  return new EtcdFailure(
    'unavailable',
    `the connection to ${host} was closed because nothing used it`,
  );
}

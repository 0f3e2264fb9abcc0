import { setMaxListeners } from 'node:events';
import { reason } from '../../errors/registry-errors.js';
import type { ConnectionDescription } from '../../registry-description.js';
import type { RegistryLogger } from '../../registry.js';
import { Backoff, sleep } from '../../timing/wait.js';
import type { Clock, Random } from '../../timing/clock.js';
import { Availability } from './availability.js';
import { CallSlots } from './pacing.js';
import { type Endpoint, Endpoints } from './endpoints.js';
import type { Connect, EtcdConnection } from '../client/etcd-connection.js';
import { EtcdFailure, isAuthFailure, isOutage, toEtcdFailure } from '../client/etcd-failure.js';

/** Usual time limit for an answer in milliseconds, once connected; an endpoint known to be slow gets more. */
const TRY_MS = 1_500;
/** Time limit for a connection in milliseconds; it may still succeed later, beside a fresh attempt. */
const CONNECT_MS = 1_500;
/** As {@link CONNECT_MS} if there are other hosts: one that accepts and never answers is left within 1.5 s. */
const CONNECT_ONE_OF_MANY_MS = 1_000;
const BUDGET_MS = 6_000;
/** Maximum calls in flight, except those that keep the lease and the keys: hundreds of lists would compete for the CPU. */
const MOST_IN_FLIGHT = 24;
/** While etcd is down, only this loop probes it, two or three times a second; all other callers wait for its result. */
const PROBE_MIN_MS = 300;
const PROBE_MAX_MS = 500;

/** The dependencies of a session. */
export interface SessionContext {
  readonly hosts: readonly string[];
  /** A key to read to find out whether etcd answers. */
  readonly probeKey: string;
  readonly connect: Connect;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: RegistryLogger;
}

export interface CallLimits {
  /** Usual time limit for the answer of one try, once connected. @default 1500 */
  readonly tryMs?: number;
  /** As {@link tryMs}, over a connection that has answered before. @default tryMs */
  readonly provenTryMs?: number;
  /** Time limit of all tries together. @default 6000 */
  readonly budgetMs?: number;
  /** Whether the call may wait, within its budget, while etcd is known to be down. @default true */
  readonly waits?: boolean;
  /** Whether the call is sent at once, however many calls are in flight. @default false */
  readonly urgent?: boolean;
  /**
   * Whether the answer may be large, so that a long time proves nothing against etcd: the call fails with `slow` at once, so that
   * the caller requests less.
   * @default false
   */
  readonly large?: boolean;
}

interface TryLimits {
  readonly usualMs: number;
  /** Clock time at which the budget is used up. */
  readonly endsAt?: number;
  readonly large?: boolean;
}

type Run<T> = (connection: EtcdConnection, timeoutMs: number) => Promise<T>;

/** A connection picked for a stream, with the callback for its failure. */
export interface StreamConnection {
  readonly connection: EtcdConnection;
  /** Gives up the connection: the next stream gets another endpoint or a fresh connection. */
  reportFailure(failure: EtcdFailure): void;
}

/** etcd as a whole: picks endpoints, limits calls and knows whether any endpoint answers. */
export class EtcdSession {
  private readonly endpoints: Endpoints;
  private readonly slots = new CallSlots(MOST_IN_FLIGHT);
  private readonly probeRead: Run<unknown>;
  private readonly closing = new AbortController();
  private readonly availability: Availability;

  constructor(private readonly context: SessionContext) {
    const { hosts, connect, clock, random, probeKey } = context;
    this.probeRead = (connection, timeoutMs) =>
      connection.range({ key: probeKey, countOnly: true }, timeoutMs);
    // Any number of calls may wait between two tries, each with a listener.
    setMaxListeners(0, this.closing.signal);
    this.endpoints = new Endpoints(hosts, connect, clock, random);
    this.availability = new Availability(context);
  }

  get hosts(): readonly string[] {
    return this.context.hosts;
  }

  /**
   * Runs an operation on one endpoint after another until one answers. Retries a silent or slow endpoint with growing time limits
   * until the budget is used up; one that refuses connections at most once more.
   * @throws EtcdFailure `unavailable`, `silent` or `slow` if no endpoint answered within the budget; the other kinds at once.
   */
  async call<T>(run: Run<T>, limits: CallLimits = {}): Promise<T> {
    const { budgetMs = BUDGET_MS, waits = true, urgent = false } = limits;
    if (waits) await this.recovered(budgetMs);
    if (waits && this.availability.failure) throw this.availability.failure;
    const tries = () => this.tries(run, limits);
    return urgent ? tries() : this.slots.use(tries);
  }

  /**
   * Picks a connection for a stream.
   * @throws EtcdFailure `silent` if the connection is not established in time, `closed`
   */
  async stream(): Promise<StreamConnection> {
    if (this.isClosed) throw closed();
    const endpoint = this.endpoints.pick();
    const connection = await this.connected(endpoint, Infinity);
    return {
      connection,
      reportFailure: (failure) => this.endpoints.reportFailure(endpoint, connection, failure),
    };
  }

  /** Time limit for an answer over this connection, in milliseconds. */
  patience(connection: EtcdConnection, usualMs: number): number {
    return this.endpoints.of(connection)?.patience(usualMs) ?? usualMs;
  }

  private get isClosed(): boolean {
    return this.availability.isClosed;
  }

  /** Whether no endpoint answers. */
  get down(): boolean {
    return this.availability.isDown;
  }

  /** Resolves when etcd answers (at once if it is not known to be down), the session is closed, or the time has passed. */
  recovered(limitMs?: number): Promise<void> {
    return this.availability.recovered(limitMs);
  }

  describe(): ConnectionDescription {
    return this.availability.describe(this.endpoints.pick().host);
  }

  close(): void {
    if (this.isClosed) return;
    this.availability.close();
    this.closing.abort();
    this.endpoints.close(closed());
  }

  private async tries<T>(run: Run<T>, limits: CallLimits): Promise<T> {
    const { clock, random } = this.context;
    const { tryMs = TRY_MS, provenTryMs = tryMs, budgetMs = BUDGET_MS, large = false } = limits;
    const endsAt = clock.now() + budgetMs;
    // A connection that was cut while idle costs a try.
    let left = this.endpoints.size + (this.endpoints.pick().isProven ? 1 : 0);
    for (;;) {
      if (this.isClosed) throw closed();
      const endpoint = this.endpoints.pick();
      const usualMs = endpoint.isProven ? provenTryMs : tryMs;
      const tried = this.attempt(endpoint, run, { usualMs, endsAt, large });
      const failure = await tried.catch((error: unknown) => toEtcdFailure(error));
      if (!(failure instanceof EtcdFailure)) return failure;
      if (this.isClosed) throw closed();
      const pauseMs = pauseAfter(failure, random);
      const { kind } = failure;
      if (pauseMs === undefined || (large && kind === 'slow')) throw failure;
      if (kind !== 'silent' && kind !== 'slow') left--;
      if (left === 0 || clock.now() + pauseMs >= endsAt) {
        if (large && kind === 'silent') await this.check();
        else if (isOutage(failure)) this.goDown(failure);
        throw failure;
      }
      await sleep(clock, pauseMs, this.closing.signal);
    }
  }

  /** Finds out with a small read whether etcd is down. */
  private async check(): Promise<void> {
    await this.tries(this.probeRead, {}).catch(() => undefined);
  }

  private async attempt<T>(
    endpoint: Endpoint,
    run: Run<T>,
    { usualMs, endsAt = Infinity, large = false }: TryLimits,
  ): Promise<T> {
    const { clock } = this.context;
    const connection = await this.connected(endpoint, endsAt);
    const askedAt = clock.now();
    try {
      const result = await run(connection, Math.min(endpoint.patience(usualMs), endsAt - askedAt));
      this.answered(endpoint, connection, askedAt);
      return result;
    } catch (error) {
      const failure = toEtcdFailure(error);
      // A large answer that takes long proves nothing against the endpoint; another one may still be nearer.
      if (large && failure.kind === 'slow') this.endpoints.rest(endpoint);
      else if (isOutage(failure)) this.endpoints.reportFailure(endpoint, connection, failure);
      else if (failure.kind === 'unauthenticated') endpoint.drop(connection, failure);
      else if (isAuthFailure(failure)) this.authFailed(endpoint, connection, failure, askedAt);
      else this.answered(endpoint, connection, askedAt);
      throw failure;
    }
  }

  private async connected(endpoint: Endpoint, endsAt: number): Promise<EtcdConnection> {
    const limitMs = this.endpoints.size > 1 ? CONNECT_ONE_OF_MANY_MS : CONNECT_MS;
    try {
      return await endpoint.ready(Math.min(limitMs, endsAt - this.context.clock.now()));
    } catch (error) {
      this.endpoints.rest(endpoint);
      throw error;
    }
  }

  private answered(endpoint: Endpoint, connection: EtcdConnection, askedAt: number): void {
    this.endpoints.succeeded(endpoint, connection, this.context.clock.now() - askedAt);
    this.availability.comeUp(undefined);
  }

  /** etcd is up but refuses this process: waiting calls fail with the reason. A fresh connection reads the certificates again. */
  private authFailed(
    endpoint: Endpoint,
    connection: EtcdConnection,
    failure: EtcdFailure,
    askedAt: number,
  ): void {
    const tookMs = this.context.clock.now() - askedAt;
    if (failure.kind === 'untrusted') this.endpoints.reportFailure(endpoint, connection, failure);
    else this.endpoints.succeeded(endpoint, connection, tookMs);
    this.availability.comeUp(failure);
  }

  private goDown(failure: EtcdFailure): void {
    if (!this.availability.goDown(failure)) return;
    this.probe().catch((error: unknown) =>
      this.context.logger.error(`etcd is no longer probed: ${reason(error)}`),
    );
  }

  private async probe(): Promise<void> {
    const { clock, random } = this.context;
    const backoff = new Backoff(PROBE_MIN_MS, PROBE_MAX_MS, random);
    while (this.down) {
      await sleep(clock, backoff.next(), this.closing.signal);
      if (this.closing.signal.aborted) return;
      // `answered` passes the result on to waiting calls.
      await this.attempt(this.endpoints.pick(), this.probeRead, { usualMs: TRY_MS }).catch(
        () => undefined,
      );
    }
  }
}

/** Pause before the next try in milliseconds; undefined if another try would fail, too. */
function pauseAfter(failure: EtcdFailure, random: Random): number | undefined {
  if (isOutage(failure)) return 50 + 100 * random();
  // Spread out: etcd spends about 100 ms of CPU on each password.
  return failure.kind === 'unauthenticated' ? 1_000 * random() : undefined;
}

function closed(): EtcdFailure {
  return new EtcdFailure('closed', 'the registry was closed');
}

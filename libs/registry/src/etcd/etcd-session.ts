import { setMaxListeners } from 'node:events';
import { reason } from '../errors/registry-errors.js';
import type { ConnectionDescription } from '../registry-description.js';
import type { RegistryLogger } from '../registry.js';
import { Backoff } from '../timing/backoff.js';
import type { Clock, Random } from '../timing/clock.js';
import { Deferred } from '../timing/deferred.js';
import { sleep } from '../timing/sleep.js';
import { Endpoints, type Endpoint } from './endpoints.js';
import type { Connect, EtcdConnection } from './etcd-connection.js';
import { EtcdFailure, isLockout, isOutage, toEtcdFailure } from './etcd-failure.js';

const TRY_MS = 1_500;
/** The same over a fresh connection where there are other hosts: one that accepts and never answers is left within 1.5 s. */
const FRESH_TRY_MS = 1_000;
const BUDGET_MS = 6_000;
/** While etcd is away only the session knocks, for all who wait: two or three times a second. */
const PROBE_MIN_MS = 300;
const PROBE_MAX_MS = 500;

/** What the parts of the adapter share. */
export interface SessionContext {
  readonly hosts: readonly string[];
  /** A key that may be read to see whether etcd answers. */
  readonly probeKey: string;
  readonly connect: Connect;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: RegistryLogger;
}

export interface CallLimits {
  /** Deadline of one try. @default 1500 */
  readonly tryMs?: number;
  /** As {@link tryMs}, over a fresh connection where there are other hosts. @default 1000, and never more than tryMs */
  readonly freshTryMs?: number;
  /** As {@link tryMs}, over a connection that has answered before. @default tryMs */
  readonly provenTryMs?: number;
  /** Bound of all tries together. @default 6000 */
  readonly budgetMs?: number;
  /** Whether a call may wait, within its budget, for an etcd that is known to be away. @default true */
  readonly waits?: boolean;
}

/** A connection picked for a stream, and what to do when the stream goes wrong. */
export interface StreamConnection {
  readonly connection: EtcdConnection;
  /** Gives up the connection: the next stream gets another endpoint, or a fresh connection to the same one. */
  blame(failure: EtcdFailure): void;
}

type State =
  /** Nothing was answered or given up yet. */
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'up';
      readonly since: Date;
      /** Why it lets this process do nothing, if so. */
      readonly lockout: EtcdFailure | undefined;
    }
  | {
      readonly kind: 'down';
      readonly since: Date;
      readonly failure: EtcdFailure;
      readonly up: Deferred<void>;
    }
  | { readonly kind: 'closed'; readonly since: Date };

/** etcd as a whole: picks endpoints, bounds calls and knows whether any endpoint answers. */
export class EtcdSession {
  private readonly endpoints: Endpoints;
  private readonly closing = new AbortController();
  private state: State = { kind: 'unknown' };

  constructor(private readonly context: SessionContext) {
    const { hosts, connect, clock, random } = context;
    // Any number of calls may be between two tries, and each listens.
    setMaxListeners(0, this.closing.signal);
    this.endpoints = new Endpoints(hosts, connect, clock, random);
  }

  get hosts(): readonly string[] {
    return this.context.hosts;
  }

  /**
   * Runs an operation on one endpoint after the other until one answers.
   * @throws EtcdFailure `unavailable` or `silent` when no endpoint answered within the budget; the other kinds at once.
   */
  async call<T>(
    run: (connection: EtcdConnection, timeoutMs: number) => Promise<T>,
    {
      tryMs = TRY_MS,
      freshTryMs = Math.min(tryMs, FRESH_TRY_MS),
      provenTryMs = tryMs,
      budgetMs = BUDGET_MS,
      waits = true,
    }: CallLimits = {},
  ): Promise<T> {
    const { clock, random } = this.context;
    const endsAt = clock.now() + budgetMs;
    if (waits && this.state.kind === 'down') await this.recovered(budgetMs);
    if (clock.now() >= endsAt && this.state.kind === 'down') throw this.state.failure;
    // A connection that was cut while idle is found out by a try of its own.
    let left = this.endpoints.size + (this.endpoints.pick().isProven ? 1 : 0);
    for (;;) {
      if (this.isClosed) throw closed();
      const endpoint = this.endpoints.pick();
      const unprovenTryMs = this.endpoints.size > 1 ? freshTryMs : tryMs;
      const tryLimitMs = endpoint.isProven ? provenTryMs : unprovenTryMs;
      const limitMs = Math.min(tryLimitMs, endsAt - clock.now());
      const failure = await this.attempt(endpoint, run, limitMs).catch((error: unknown) =>
        toEtcdFailure(error),
      );
      if (!(failure instanceof EtcdFailure)) return failure;
      if (this.isClosed) throw closed();
      const pauseMs = pauseAfter(failure, random);
      if (pauseMs === undefined) throw failure;
      if (--left === 0 || clock.now() + pauseMs >= endsAt) {
        if (isOutage(failure)) this.goDown(failure);
        throw failure;
      }
      await sleep(clock, pauseMs, this.closing.signal);
    }
  }

  /** Where to open a stream now. */
  stream(): StreamConnection {
    if (this.state.kind === 'closed') throw closed();
    const endpoint = this.endpoints.pick();
    const { connection } = endpoint;
    return { connection, blame: (failure) => this.endpoints.blame(endpoint, connection, failure) };
  }

  private get isClosed(): boolean {
    return this.state.kind === 'closed';
  }

  /** Whether no endpoint answered last. */
  get down(): boolean {
    return this.state.kind === 'down';
  }

  /** Resolves when etcd answers (at once when it is not known to be away), was closed, or the time has passed. */
  async recovered(limitMs?: number): Promise<void> {
    if (this.state.kind !== 'down') return;
    const waits: Promise<void>[] = [this.state.up.promise];
    const limit = new AbortController();
    if (limitMs !== undefined) waits.push(sleep(this.context.clock, limitMs, limit.signal));
    await Promise.race(waits);
    limit.abort();
  }

  describe(): ConnectionDescription {
    const { state } = this;
    switch (state.kind) {
      case 'unknown':
        return { kind: 'unknown' };
      case 'up':
        return { kind: 'up', since: state.since, endpoint: this.endpoints.pick().host };
      case 'down':
        return { kind: 'down', since: state.since, reason: reason(state.failure) };
      case 'closed':
        return { kind: 'closed', since: state.since };
    }
  }

  close(): void {
    if (this.state.kind === 'closed') return;
    if (this.state.kind === 'down') this.state.up.resolve();
    this.state = { kind: 'closed', since: this.context.clock.date() };
    this.closing.abort();
    this.endpoints.close(closed());
  }

  private async attempt<T>(
    endpoint: Endpoint,
    run: (connection: EtcdConnection, timeoutMs: number) => Promise<T>,
    timeoutMs: number,
  ): Promise<T> {
    const { connection } = endpoint;
    try {
      const result = await run(connection, timeoutMs);
      this.answered(endpoint, connection);
      return result;
    } catch (error) {
      const failure = toEtcdFailure(error);
      if (isOutage(failure)) this.endpoints.blame(endpoint, connection, failure);
      else if (failure.kind === 'unauthenticated') endpoint.drop(connection, failure);
      else if (isLockout(failure)) this.lockedOut(endpoint, connection, failure);
      else this.answered(endpoint, connection);
      throw failure;
    }
  }

  private answered(endpoint: Endpoint, connection: EtcdConnection): void {
    this.endpoints.succeeded(endpoint, connection);
    this.comeUp(undefined);
  }

  /** There is an etcd: who waits is told why it is of no use. A fresh connection reads certificates anew. */
  private lockedOut(endpoint: Endpoint, connection: EtcdConnection, failure: EtcdFailure): void {
    if (failure.kind === 'untrusted') this.endpoints.blame(endpoint, connection, failure);
    else this.endpoints.succeeded(endpoint, connection);
    this.comeUp(failure);
  }

  private comeUp(lockout: EtcdFailure | undefined): void {
    const { state } = this;
    if (state.kind === 'closed') return;
    const since = state.kind === 'up' ? state.since : this.context.clock.date();
    this.state = { kind: 'up', since, lockout };
    this.tellOfLockout(state.kind === 'up' ? state.lockout : undefined, lockout);
    if (state.kind !== 'down') return;
    this.context.logger.info(`etcd at ${this.hosts.join(', ')} answers again.`);
    state.up.resolve();
  }

  /** Once for all that is refused with it. */
  private tellOfLockout(before: EtcdFailure | undefined, now: EtcdFailure | undefined): void {
    const { logger } = this.context;
    const subject = `etcd at ${this.hosts.join(', ')}`;
    if (before && !now) logger.info(`${subject} lets this process in again.`);
    if (before || !now) return;
    logger.warn(
      `${subject} should let this process in, but does not (${now.message}). It is tried again at long intervals; ` +
        'check the user, its password and the certificates.',
    );
  }

  private goDown(failure: EtcdFailure): void {
    if (this.state.kind === 'down' || this.state.kind === 'closed') return;
    this.state = {
      kind: 'down',
      since: this.context.clock.date(),
      failure,
      up: new Deferred(),
    };
    this.context.logger.warn(
      `etcd at ${this.hosts.join(', ')} should answer, but does not (${failure.message}). ` +
        'It is tried again until it does; the last known instances stay in use.',
    );
    void this.probe();
  }

  private async probe(): Promise<void> {
    const { clock, random, probeKey } = this.context;
    const backoff = new Backoff(PROBE_MIN_MS, PROBE_MAX_MS, random);
    while (this.state.kind === 'down') {
      await sleep(clock, backoff.next(), this.closing.signal);
      if (this.closing.signal.aborted) return;
      // Its outcome reaches the waiting through `answered`.
      await this.attempt(
        this.endpoints.pick(),
        (connection, timeoutMs) => connection.range({ key: probeKey, countOnly: true }, timeoutMs),
        TRY_MS,
      ).catch(() => undefined);
    }
  }
}

/** Pause before the next try in milliseconds; undefined when another try would fail as well. */
function pauseAfter(failure: EtcdFailure, random: Random): number | undefined {
  if (isOutage(failure)) return 50 + 100 * random();
  // Spread: etcd spends about 100 ms of CPU on each password.
  return failure.kind === 'unauthenticated' ? 1_000 * random() : undefined;
}

function closed(): EtcdFailure {
  return new EtcdFailure('closed', 'the registry was closed');
}

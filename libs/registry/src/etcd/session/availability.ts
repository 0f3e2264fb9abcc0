import { remedyFor } from '../../errors/text.js';
import { reason } from '../../errors/registry-errors.js';
import type { ConnectionDescription } from '../../registry-description.js';
import type { RegistryLogger } from '../../registry.js';
import type { Clock } from '../../timing/clock.js';
import { Deferred, sleep } from '../../timing/wait.js';
import type { EtcdFailure } from '../client/etcd-failure.js';

type State =
  /** No call has completed yet. */
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'up';
      readonly since: Date;
      /** Why etcd authenticates no call of this process, if so. */
      readonly authFailure: EtcdFailure | undefined;
    }
  | {
      readonly kind: 'down';
      readonly since: Date;
      readonly failure: EtcdFailure;
      readonly up: Deferred<void>;
    }
  | { readonly kind: 'closed'; readonly since: Date };

export interface AvailabilityOptions {
  readonly hosts: readonly string[];
  readonly clock: Clock;
  readonly logger: RegistryLogger;
}

/** Whether etcd answers this process, as last known; logs once per change. */
export class Availability {
  private state: State = { kind: 'unknown' };

  constructor(private readonly options: AvailabilityOptions) {}

  get isDown(): boolean {
    return this.state.kind === 'down';
  }

  get isClosed(): boolean {
    return this.state.kind === 'closed';
  }

  /** Why no endpoint answered; undefined unless etcd is down. */
  get failure(): EtcdFailure | undefined {
    return this.state.kind === 'down' ? this.state.failure : undefined;
  }

  /** Resolves when etcd answers (at once if it is not known to be down), the session is closed, or the time has passed. */
  async recovered(limitMs?: number): Promise<void> {
    if (this.state.kind !== 'down') return;
    const waits: Promise<void>[] = [this.state.up.promise];
    const limit = new AbortController();
    if (limitMs !== undefined) waits.push(sleep(this.options.clock, limitMs, limit.signal));
    await Promise.race(waits);
    limit.abort();
  }

  /** @param authFailure Why etcd authenticates no call of this process, if so. */
  comeUp(authFailure: EtcdFailure | undefined): void {
    const { state } = this;
    if (state.kind === 'closed') return;
    const since = state.kind === 'up' ? state.since : this.options.clock.date();
    this.state = { kind: 'up', since, authFailure };
    this.logAuthFailure(state.kind === 'up' ? state.authFailure : undefined, authFailure);
    if (state.kind !== 'down') return;
    this.options.logger.info(`${this.subject} answers again.`);
    state.up.resolve();
  }

  /** @returns whether the state has changed */
  goDown(failure: EtcdFailure): boolean {
    if (this.state.kind === 'down' || this.state.kind === 'closed') return false;
    const { clock, logger } = this.options;
    this.state = { kind: 'down', since: clock.date(), failure, up: new Deferred() };
    logger.warn(
      `${this.subject} should answer, but does not (${failure.message}). ` +
        `Retrying until it does; the last known instances stay in use${hintAt(failure)}.`,
    );
    return true;
  }

  /** @param endpoint Endpoint of the next call. */
  describe(endpoint: string): ConnectionDescription {
    const { state } = this;
    switch (state.kind) {
      case 'unknown':
        return { kind: 'unknown' };
      case 'up':
        return { kind: 'up', since: state.since, endpoint };
      case 'down':
        return { kind: 'down', since: state.since, reason: reason(state.failure) };
      case 'closed':
        return { kind: 'closed', since: state.since };
    }
  }

  close(): void {
    if (this.state.kind === 'down') this.state.up.resolve();
    this.state = { kind: 'closed', since: this.options.clock.date() };
  }

  private get subject(): string {
    return `etcd at ${this.options.hosts.join(', ')}`;
  }

  /** Logs once for all refused calls. */
  private logAuthFailure(before: EtcdFailure | undefined, now: EtcdFailure | undefined): void {
    const { logger } = this.options;
    if (before && !now) logger.info(`${this.subject} lets this process in again.`);
    if (before || !now) return;
    logger.warn(
      `${this.subject} should let this process in, but does not (${now.message}). Retrying at long intervals; ` +
        `${remedyFor(now.message) ?? 'check the user, its password and the certificates'}.`,
    );
  }
}

/** The remedy, if one is known. */
function hintAt({ message }: EtcdFailure): string {
  const remedy = remedyFor(message);
  return remedy === undefined ? '' : `; ${remedy}`;
}

import { status } from '@grpc/grpc-js';
import type { SubchannelInterface } from '../grpc/experimental.js';
import { openSubchannelStream } from '../grpc/subchannel-stream.js';
import { HEALTH_SERVICE, healthRequest, saysNotServing } from './health-protocol.js';

const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 30_000;
const BACKOFF_FACTOR = 1.6;
const JITTER = 0.2;
/** How long what was heard over another connection counts on a new one that says nothing, in milliseconds. */
const CARRIED_OVER_MS = 1_000;

type WatchState =
  | { readonly kind: 'closed' }
  | { readonly kind: 'open'; readonly cancel: () => void }
  /** Before the next try, after a stream that broke. */
  | { readonly kind: 'waiting'; readonly timer: NodeJS.Timeout }
  /** The server has no health service: until it is connected anew there is nothing to ask. */
  | { readonly kind: 'unimplemented' };

const closed: WatchState = { kind: 'closed' };

/** What a watch needs to know of its endpoint. */
export interface HealthSubject {
  readonly authority: string;
  /** Name of the service whose health is asked for. */
  readonly service: string;
  readonly chance: () => number;
  /** {@link HealthWatch.isServing} has changed. */
  healthChanged(): void;
}

/**
 * The health of one connected endpoint, by grpc's health checking protocol: one stream over the connection that calls use.
 * gRFC A17, but for its beginning: an endpoint serves until it says that it does not. A server that is slow to answer, or a
 * stream that breaks, is no reason to call nobody; what was heard last counts until something else is, and on a new
 * connection for a bounded time.
 */
export class HealthWatch {
  /** What was heard last, or that nothing was. */
  isServing = true;
  private state: WatchState = closed;
  private backoffMs = FIRST_BACKOFF_MS;
  /** Runs while what was heard over another connection counts. */
  private carriedOver: NodeJS.Timeout | undefined;

  constructor(private readonly subject: HealthSubject) {}

  /** The endpoint is connected. Safe to call again. */
  open(subchannel: SubchannelInterface): void {
    if (this.state.kind !== 'closed') return;
    if (!this.isServing) {
      this.carriedOver = setTimeout(() => this.hear(true), CARRIED_OVER_MS).unref();
    }
    this.watch(subchannel);
  }

  /** The endpoint is no longer connected. Safe to call again. */
  close(): void {
    const { state } = this;
    clearTimeout(this.carriedOver);
    this.state = closed;
    this.backoffMs = FIRST_BACKOFF_MS;
    if (state.kind === 'open') state.cancel();
    if (state.kind === 'waiting') clearTimeout(state.timer);
  }

  /** Another process has the address. What it has said itself, over the connection that is open, stays. */
  forget(): void {
    if (this.state.kind === 'closed') this.isServing = true;
  }

  private watch(subchannel: SubchannelInterface): void {
    const { authority, service } = this.subject;
    const request = { authority, service: HEALTH_SERVICE, method: 'Watch' };
    const cancel = openSubchannelStream(
      subchannel,
      { ...request, request: healthRequest(service) },
      {
        onMessage: (message) => {
          this.backoffMs = FIRST_BACKOFF_MS;
          this.hear(!saysNotServing(message));
        },
        onEnd: (code) => this.ended(code, subchannel),
      },
    );
    this.state = { kind: 'open', cancel };
  }

  private ended(code: status, subchannel: SubchannelInterface): void {
    if (code === status.UNIMPLEMENTED) {
      this.state = { kind: 'unimplemented' };
      this.hear(true);
      return;
    }
    const delayMs = this.backoffMs * (1 + JITTER * (2 * this.subject.chance() - 1));
    this.backoffMs = Math.min(this.backoffMs * BACKOFF_FACTOR, MAX_BACKOFF_MS);
    const timer = setTimeout(() => this.watch(subchannel), delayMs).unref();
    this.state = { kind: 'waiting', timer };
  }

  private hear(isServing: boolean): void {
    clearTimeout(this.carriedOver);
    if (isServing === this.isServing) return;
    this.isServing = isServing;
    this.subject.healthChanged();
  }
}

import { status } from '@grpc/grpc-js';
import type { SubchannelInterface } from '../grpc/experimental.js';
import { parsePolicy } from '../policies/policies.js';
import type { Random } from '../policies/policy.js';
import { SettingsReader } from '../policies/settings-reader.js';
import { openSubchannelStream } from './subchannel-stream.js';

export interface HealthWatchOptions {
  /**
   * Name of the service to watch, as servers know it. The empty name stands for the server as a whole.
   * @default ''
   */
  readonly service?: string;
}

/**
 * @param options `false` to watch no health.
 * @throws InvalidPolicyError
 */
export function normalizeHealthWatch(
  options: HealthWatchOptions | false = {},
): Required<HealthWatchOptions> | undefined {
  if (options === false) return undefined;
  const reader = new SettingsReader('health', options, parsePolicy);
  const service = reader.value('service') ?? '';
  reader.refuseUnknown();
  if (typeof service === 'string') return { service };
  throw reader.invalid('service', 'a string', service, "Use '' for the server as a whole.");
}

/** Name of the rpc service of gRPC's health checking protocol, version 1. */
const HEALTH_SERVICE = 'grpc.health.v1.Health';

/** Field 1, wire type 2 (bytes) and 0 (varint). */
const SERVICE_TAG = 0x0a;
const STATUS_TAG = 0x08;
/** Of `HealthCheckResponse.ServingStatus`. */
const NOT_SERVING = 2;

/** A `HealthCheckRequest` in protobuf's wire format. @param service Shorter than 128 bytes. */
export function healthRequest(service: string): Uint8Array {
  const name = Buffer.from(service);
  return name.length === 0 ? name : Buffer.concat([Buffer.from([SERVICE_TAG, name.length]), name]);
}

/**
 * Whether the status of a `HealthCheckResponse` is NOT_SERVING. By gRFC A17 every status except SERVING counts as unhealthy;
 * but a server that does not know the name (SERVICE_UNKNOWN), or answers every rpc with an empty message (UNKNOWN), has
 * reported nothing about itself.
 */
export function isNotServing(response: Uint8Array): boolean {
  return response[0] === STATUS_TAG && response[1] === NOT_SERVING;
}

const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 30_000;
const BACKOFF_FACTOR = 1.6;
const JITTER = 0.2;
/** How long the last status of one connection applies to a new one that has reported none, in milliseconds. */
const CARRIED_OVER_MS = 1_000;

type WatchState =
  | { readonly kind: 'closed' }
  | { readonly kind: 'open'; readonly cancel: () => void }
  /** The stream broke; the next attempt follows. */
  | { readonly kind: 'waiting'; readonly timer: NodeJS.Timeout }
  /** The server has no health service: nothing to watch until it reconnects. */
  | { readonly kind: 'unimplemented' };

const closed: WatchState = { kind: 'closed' };

interface HealthSubject {
  readonly authority: string;
  /** Name of the service to watch. */
  readonly service: string;
  readonly random: Random;
  /** Called when {@link HealthWatch.isServing} has changed. */
  healthChanged(): void;
}

/**
 * Watches the health of one connected endpoint by gRPC's health checking protocol, in one stream over the connection that
 * calls use. It follows gRFC A17, except at the beginning: an endpoint serves until it reports otherwise, so that a server
 * which is slow to answer, or a stream that breaks, does not stop calls. The last status applies until the next one, and on a
 * new connection for a bounded time.
 */
export class HealthWatch {
  /** The last status; true before the first one. */
  isServing = true;
  private state: WatchState = closed;
  private backoffMs = FIRST_BACKOFF_MS;
  /** Runs while the status of an earlier connection applies. */
  private carriedOver: NodeJS.Timeout | undefined;

  constructor(private readonly subject: HealthSubject) {}

  /** Call this when the endpoint is connected. Safe to repeat. */
  open(subchannel: SubchannelInterface): void {
    if (this.state.kind !== 'closed') return;
    if (!this.isServing) {
      this.carriedOver = setTimeout(() => this.set(true), CARRIED_OVER_MS).unref();
    }
    this.watch(subchannel);
  }

  /** Call this when the endpoint is no longer connected. Safe to repeat. */
  close(): void {
    const { state } = this;
    clearTimeout(this.carriedOver);
    this.state = closed;
    this.backoffMs = FIRST_BACKOFF_MS;
    if (state.kind === 'open') state.cancel();
    if (state.kind === 'waiting') clearTimeout(state.timer);
  }

  /** Another process has taken the address. A status that it has reported itself, over the open connection, stays. */
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
          this.set(!isNotServing(message));
        },
        onEnd: (code) => this.ended(code, subchannel),
      },
    );
    this.state = { kind: 'open', cancel };
  }

  private ended(code: status, subchannel: SubchannelInterface): void {
    if (code === status.UNIMPLEMENTED) {
      this.state = { kind: 'unimplemented' };
      this.set(true);
      return;
    }
    const delayMs = this.backoffMs * (1 + JITTER * (2 * this.subject.random() - 1));
    this.backoffMs = Math.min(this.backoffMs * BACKOFF_FACTOR, MAX_BACKOFF_MS);
    const timer = setTimeout(() => this.watch(subchannel), delayMs).unref();
    this.state = { kind: 'waiting', timer };
  }

  private set(isServing: boolean): void {
    clearTimeout(this.carriedOver);
    if (isServing === this.isServing) return;
    this.isServing = isServing;
    this.subject.healthChanged();
  }
}

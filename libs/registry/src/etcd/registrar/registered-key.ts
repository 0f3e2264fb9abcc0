import { InstanceConflictError } from '../../errors/registry-errors.js';
import { decodeInstance, encodeInstance } from '../../instance/codecs.js';
import { instanceKey } from '../../instance/keys.js';
import type { ServiceInstance } from '../../instance/service-instance.js';
import type { RegistryLimits } from '../../limits.js';
import type { RegistrationSubject } from '../../subjects/registration-subject.js';
import type { KeyValue, TxnRequest } from '../client/etcd-connection.js';
import { EtcdFailure } from '../client/etcd-failure.js';
import type { EtcdSession } from '../session/etcd-session.js';
import type { WatchHandle, WatchMultiplexer } from '../watch/watch-multiplexer.js';

/**
 * Usual time of one try of a put in milliseconds, over a connection that has answered before. A hung leader costs a whole try,
 * and the next one may be lost with the election: the third has to begin within 3 s.
 */
const PUT_TRY_MS = 1_000;
/** The same over a fresh connection: the try that an election may cost. With a shorter one the election costs two. */
const FRESH_PUT_TRY_MS = 1_500;
/** How often a put is tried again at once because the entry has changed since it was looked at. */
const MOST_ROUNDS = 5;

type State =
  /** Not in the store as it should be. */
  | { readonly kind: 'dirty' }
  | { readonly kind: 'putting' }
  | {
      readonly kind: 'held';
      readonly lease: string;
      /** Revision of our put: it proves that the entry is ours, which the lease that all keys share does not. */
      readonly revision: bigint;
      /** Newest revision at which the store is known to hold the entry so; watched from there on. */
      readonly provenAt: bigint;
      /** False when events since then may have been missed. */
      readonly checked: boolean;
    };
type Held = State & { readonly kind: 'held' };

/** The last put that was sent, answered or not. */
interface LastPut {
  readonly lease: string;
  readonly value: Buffer;
  /** Undefined while, and when, it was not answered. */
  readonly revision: bigint | undefined;
}

export interface RegisteredKeyOptions {
  readonly session: EtcdSession;
  readonly multiplexer: WatchMultiplexer;
  readonly namespace: string;
  readonly limits: RegistryLimits;
  /** Whether this process was granted the lease, now or before. */
  readonly isOwnLease: (lease: string) => boolean;
  /** Called when the store has confirmed a put. */
  readonly onPut: (again: boolean) => void;
  /** Called when the key needs the registrar's attention. */
  readonly onDisturbed: () => void;
}

/** One key of ours in the store and the watch on it. Called by the registrar, one step at a time. */
export class RegisteredKey {
  private state: State = { kind: 'dirty' };
  private watch: WatchHandle | undefined;
  private lastPut: LastPut | undefined;
  private wasPut = false;
  /** Newest revision at which somebody touched the key. */
  private touchedAt = 0n;

  constructor(
    readonly registration: RegistrationSubject,
    private readonly options: RegisteredKeyOptions,
  ) {}

  get key(): string {
    return instanceKey(this.options.namespace, this.registration.instance);
  }

  /** Whether there is something to do to have the key in the store. */
  get needsPut(): boolean {
    return this.state.kind !== 'held' || !this.state.checked;
  }

  /** Whether the store may hold the key. */
  get mayExist(): boolean {
    return this.lastPut !== undefined;
  }

  /** The value has changed or the lease was lost: the key is put again. */
  markDirty(): void {
    this.state = { kind: 'dirty' };
  }

  /** The instance is registered under another key from now on. */
  moveTo(instance: ServiceInstance): void {
    this.stop();
    this.registration.instance = instance;
    this.lastPut = undefined;
    this.touchedAt = 0n;
    this.markDirty();
  }

  /**
   * Puts the key with the lease, unless the store still holds it as we put it.
   * @throws EtcdFailure; InstanceConflictError when a process that is younger holds it
   */
  async put(lease: string): Promise<void> {
    const { registration, state } = this;
    const { instance } = registration;
    this.state = { kind: 'putting' };
    const known = state.kind === 'held' && state.lease === lease ? state : undefined;
    const held = (known && (await this.checked(known))) ?? (await this.claim(instance, lease));
    if (registration.instance !== instance) return this.markDirty();
    this.state = held;
    if (this.touchedAt > held.provenAt) return this.markDirty();
    this.watch ??= this.startWatch(held.provenAt);
  }

  /**
   * Deletes the key, if it is still as we put it.
   * @throws EtcdFailure
   */
  async remove(): Promise<void> {
    this.stop();
    const { lastPut, key } = this;
    if (lastPut === undefined) return;
    const { lease, value, revision } = lastPut;
    const when: TxnRequest['when'] =
      revision === undefined
        ? [
            { target: 'lease', key, is: lease },
            { target: 'value', key, is: value },
          ]
        : [{ target: 'modRevision', key, is: revision }];
    const request = { when, then: [{ kind: 'delete', key }] } as const;
    await this.options.session.call((connection, timeoutMs) => connection.txn(request, timeoutMs), {
      urgent: true,
    });
    this.lastPut = undefined;
  }

  /** Stops watching the key. */
  stop(): void {
    this.watch?.cancel();
    this.watch = undefined;
  }

  /**
   * What is held, if the store still holds it so. By a transaction that can put nothing: an etcd without space refuses any
   * other, though it holds the key.
   */
  private async checked(known: Held): Promise<Held | undefined> {
    const when = [{ target: 'modRevision', key: this.key, is: known.revision }] as const;
    try {
      const answer = await this.options.session.call(
        (connection, timeoutMs) => connection.txn({ when, then: [] }, timeoutMs),
        { urgent: true },
      );
      return answer.succeeded ? { ...known, provenAt: answer.revision, checked: true } : undefined;
    } catch (error) {
      this.state = { ...known, checked: false };
      throw error;
    }
  }

  /** Puts the key over nothing, over what we have put, or over the entry of a process that has to give way. */
  private async claim(instance: ServiceInstance, lease: string): Promise<Held> {
    const { limits, session } = this.options;
    const { key } = this;
    const value = encodeInstance(instance, limits);
    const put = { kind: 'put', key, value, lease } as const;
    // Of a key that is not there it is 0.
    let is = this.lastPut?.revision ?? 0n;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const request: TxnRequest = {
        when: [{ target: 'modRevision', key, is }],
        then: [put],
        otherwise: [{ kind: 'range', range: { key } }],
      };
      this.lastPut = { lease, value, revision: undefined };
      const answer = await session.call(
        (connection, timeoutMs) => connection.txn(request, timeoutMs),
        { provenTryMs: PUT_TRY_MS, tryMs: FRESH_PUT_TRY_MS, urgent: true },
      );
      const { revision, succeeded } = answer;
      if (succeeded) {
        this.lastPut = { lease, value, revision };
        this.options.onPut(this.wasPut);
        this.wasPut = true;
        return { kind: 'held', lease, revision, provenAt: revision, checked: true };
      }
      const found = answer.ranges[0]?.kvs[0];
      if (found) this.assertGivesWay(found, { instance, value, lease });
      is = found?.modRevision ?? 0n;
    }
    throw new EtcdFailure('unavailable', `${key} changes faster than it can be put`);
  }

  private assertGivesWay(found: KeyValue, ours: Claim): void {
    if (found.lease !== undefined && this.options.isOwnLease(found.lease)) return;
    const other = keepsKey(found, ours, this.options.limits);
    if (other === undefined) return;
    this.lastPut = undefined;
    throw new InstanceConflictError(this.key, ours.instance.address, other.address);
  }

  private startWatch(after: bigint): WatchHandle {
    return this.options.multiplexer.watch({ key: this.key }, after, {
      created: () => undefined,
      events: (events) => {
        for (const { modRevision } of events) {
          if (modRevision > this.touchedAt) this.touchedAt = modRevision;
        }
        const { state } = this;
        if (state.kind !== 'held' || this.touchedAt <= state.provenAt) return;
        this.markDirty();
        this.options.onDisturbed();
      },
      ended: () => {
        this.watch = undefined;
        // The next stream may be one to a store that replaced this one and counts from the start.
        this.touchedAt = 0n;
        if (this.state.kind === 'held') this.state = { ...this.state, checked: false };
        this.options.onDisturbed();
      },
    });
  }
}

/** What this process wants to put under a key. */
export interface Claim {
  readonly instance: ServiceInstance;
  readonly value: Buffer;
  readonly lease: string;
}

/**
 * Which of two processes that use one id keeps the key: the one that has started later, so that a restarted process takes the
 * place of the one before at once; the larger lease when both started in one millisecond. What is no instance, or has no
 * lease, was left behind and keeps nothing.
 * @returns the instance that keeps the key, undefined when that is ours
 */
export function keepsKey(
  found: KeyValue,
  ours: Claim,
  limits: RegistryLimits,
): ServiceInstance | undefined {
  if (found.lease === undefined) return undefined;
  let other: ServiceInstance;
  try {
    const { service, id } = ours.instance;
    other = decodeInstance(found.key, { service, id }, found.value, limits);
  } catch {
    return undefined;
  }
  const later = Date.parse(other.startedAt) - Date.parse(ours.instance.startedAt);
  const isTheirs = later === 0 ? BigInt(found.lease) > BigInt(ours.lease) : later > 0;
  return isTheirs ? other : undefined;
}

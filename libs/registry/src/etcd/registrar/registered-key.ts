import { InstanceConflictError } from '../../errors/registry-errors.js';
import { decodeInstance, encodeInstance } from '../../instance/codecs.js';
import { instanceKey } from '../../instance/keys.js';
import type { ServiceInstance } from '../../instance/service-instance.js';
import type { RegistryLimits } from '../../limits.js';
import type { RegistrationSubject } from '../../subjects/registration-subject.js';
import type { KeyValue, TxnRequest } from '../client/etcd-connection.js';
import { EtcdFailure } from '../client/etcd-failure.js';
import type { EtcdContext } from '../watch/etcd-context.js';
import type { WatchHandle } from '../watch/watch-multiplexer.js';

/**
 * Usual time of one try of a put in milliseconds, over a connection that has answered before. A hung leader costs a whole try,
 * and the election may cost the next one: the third must begin within 3 s.
 */
const PUT_TRY_MS = 1_000;
/** As {@link PUT_TRY_MS} over a fresh connection: an election may cost this try. A shorter limit would cost two. */
const FRESH_PUT_TRY_MS = 1_500;
/** Number of immediate tries of a put while the entry changes between read and write. */
const MOST_ROUNDS = 5;

type State =
  /** etcd does not hold the current value. */
  | { readonly kind: 'dirty' }
  | { readonly kind: 'putting' }
  | {
      readonly kind: 'held';
      readonly lease: string;
      /** Revision of our put. It proves that the entry is ours; the lease, which all keys share, does not. */
      readonly revision: bigint;
      /** Newest revision at which etcd is known to hold the entry; the watch starts there. */
      readonly provenAt: bigint;
      /** False if events since then may have been missed. */
      readonly checked: boolean;
    };
type Held = State & { readonly kind: 'held' };

/** The last put sent, answered or not. */
interface LastPut {
  readonly lease: string;
  readonly value: Buffer;
  /** Undefined until it is answered. */
  readonly revision: bigint | undefined;
}

export interface RegisteredKeyEvents {
  /** Whether this process was ever granted the lease. */
  readonly isOwnLease: (lease: string) => boolean;
  /** Called when etcd has confirmed a put. */
  readonly onPut: (again: boolean) => void;
  /** Called when the key needs the registrar's attention. */
  readonly onDisturbed: () => void;
}

/** One key of this process in etcd and the watch on it. The registrar calls it, one step at a time. */
export class RegisteredKey {
  private state: State = { kind: 'dirty' };
  private watch: WatchHandle | undefined;
  private lastPut: LastPut | undefined;
  private wasPut = false;
  /** Newest revision at which the key was changed by anyone. */
  private touchedAt = 0n;

  constructor(
    readonly registration: RegistrationSubject,
    private readonly context: Pick<EtcdContext, 'session' | 'multiplexer' | 'namespace' | 'limits'>,
    private readonly events: RegisteredKeyEvents,
  ) {}

  get key(): string {
    return instanceKey(this.context.namespace, this.registration.instance);
  }

  /** Whether the key must be put or verified. */
  get needsPut(): boolean {
    return this.state.kind !== 'held' || !this.state.checked;
  }

  /** Whether etcd may hold the key. */
  get mayExist(): boolean {
    return this.lastPut !== undefined;
  }

  /** The value has changed or the lease was lost: the key must be put again. */
  markDirty(): void {
    this.state = { kind: 'dirty' };
  }

  /** Registers the instance under another key from now on. */
  moveTo(instance: ServiceInstance): void {
    this.stop();
    this.registration.instance = instance;
    this.lastPut = undefined;
    this.touchedAt = 0n;
    this.markDirty();
  }

  /**
   * Puts the key with the lease, unless etcd still holds our put.
   * @throws EtcdFailure; InstanceConflictError if a process that started later holds the key
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
   * Deletes the key if it still holds our put.
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
    await this.context.session.call((connection, timeoutMs) => connection.txn(request, timeoutMs), {
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
   * Verifies that etcd still holds our put. The transaction contains no put: an etcd without space refuses any other, although
   * it holds the key.
   */
  private async checked(known: Held): Promise<Held | undefined> {
    const when = [{ target: 'modRevision', key: this.key, is: known.revision }] as const;
    try {
      const answer = await this.context.session.call(
        (connection, timeoutMs) => connection.txn({ when, then: [] }, timeoutMs),
        { urgent: true },
      );
      return answer.succeeded ? { ...known, provenAt: answer.revision, checked: true } : undefined;
    } catch (error) {
      this.state = { ...known, checked: false };
      throw error;
    }
  }

  /** Puts the key if it is missing, ours, or held by a process that must give way. */
  private async claim(instance: ServiceInstance, lease: string): Promise<Held> {
    const { limits, session } = this.context;
    const { key } = this;
    const value = encodeInstance(instance, limits);
    const put = { kind: 'put', key, value, lease } as const;
    // 0 for a missing key.
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
        this.events.onPut(this.wasPut);
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
    if (found.lease !== undefined && this.events.isOwnLease(found.lease)) return;
    const other = keepsKey(found, ours, this.context.limits);
    if (other === undefined) return;
    this.lastPut = undefined;
    throw new InstanceConflictError(this.key, ours.instance.address, other.address);
  }

  private startWatch(after: bigint): WatchHandle {
    return this.context.multiplexer.watch({ key: this.key }, after, {
      created: () => undefined,
      events: (events) => {
        for (const { modRevision } of events) {
          if (modRevision > this.touchedAt) this.touchedAt = modRevision;
        }
        const { state } = this;
        if (state.kind !== 'held' || this.touchedAt <= state.provenAt) return;
        this.markDirty();
        this.events.onDisturbed();
      },
      ended: () => {
        this.watch = undefined;
        // The next stream may reach a replaced etcd store, which counts from the start.
        this.touchedAt = 0n;
        if (this.state.kind === 'held') this.state = { ...this.state, checked: false };
        this.events.onDisturbed();
      },
    });
  }
}

/** The entry that this process puts under a key. */
export interface Claim {
  readonly instance: ServiceInstance;
  readonly value: Buffer;
  readonly lease: string;
}

/**
 * Decides which of two processes with one id keeps the key: the one that started later, so that a restarted process replaces its
 * predecessor at once; the larger lease if both started in the same millisecond. An entry that is no instance, or has no lease, is
 * a leftover and keeps nothing.
 * @returns the instance that keeps the key; undefined if that is ours
 */
function keepsKey(
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

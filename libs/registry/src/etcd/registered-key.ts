import { encodeInstance } from '../instance/instance-codec.js';
import { instanceKey } from '../instance/instance-key.js';
import type { ServiceInstance } from '../instance/service-instance.js';
import type { RegistryLimits } from '../limits.js';
import type { RegistrationSubject } from '../registration-subject.js';
import type { EtcdSession } from './etcd-session.js';
import type { HubWatch } from './hub-watch.js';
import type { WatchHub } from './watch-hub.js';

/**
 * Deadline of one try of a put in milliseconds, over a connection that has answered before. A hung leader costs a whole try,
 * and the next one may be lost with the election: the third has to begin within 3 s.
 */
const PUT_TRY_MS = 1_000;
/** The same over a fresh connection: the try that an election may cost. With a shorter one the election costs two. */
const FRESH_PUT_TRY_MS = 1_500;

/** Put by us at this revision. `checked` is false when events about it may have been missed. */
interface Held {
  readonly kind: 'held';
  readonly lease: string;
  readonly revision: bigint;
  readonly checked: boolean;
}

type State =
  /** Not in the store as it should be. */
  { readonly kind: 'wanted' } | { readonly kind: 'putting' } | Held;

export interface RegisteredKeyOptions {
  readonly session: EtcdSession;
  readonly hub: WatchHub;
  readonly namespace: string;
  readonly limits: RegistryLimits;
  /** Called when the store has confirmed a put. */
  readonly onPut: (again: boolean) => void;
  /** Called when the key needs the registrar's attention. */
  readonly onDisturbed: () => void;
}

/** One key of ours in the store and the watch on it. Called by the registrar, one step at a time. */
export class RegisteredKey {
  readonly key: string;
  private state: State = { kind: 'wanted' };
  private watch: HubWatch | undefined;
  /** Lease of the last put that may have reached the store. */
  private lastLease: string | undefined;
  private wasPut = false;
  /** Newest revision at which somebody else touched the key. */
  private foreignRevision = 0n;

  constructor(
    readonly registration: RegistrationSubject,
    private readonly options: RegisteredKeyOptions,
  ) {
    this.key = instanceKey(options.namespace, registration.instance);
  }

  /** Whether there is something to do to have the key in the store. */
  get needsPut(): boolean {
    return this.state.kind !== 'held' || !this.state.checked;
  }

  /** Whether the store may hold the key. */
  get mayExist(): boolean {
    return this.lastLease !== undefined;
  }

  /** The value has changed or the lease was lost: the key is put again. */
  want(): void {
    this.state = { kind: 'wanted' };
  }

  /**
   * Puts the key with the lease, unless the store still holds it as we put it.
   * @throws EtcdFailure
   */
  async put(lease: string): Promise<void> {
    const { registration, state } = this;
    const { instance } = registration;
    this.state = { kind: 'putting' };
    const known = state.kind === 'held' && state.lease === lease ? state : undefined;
    const untouched = known !== undefined && (await this.isAsPut(known));
    const revision = untouched ? known.revision : await this.write(instance, lease);
    if (registration.instance !== instance) return this.want();
    this.state = { kind: 'held', lease, revision, checked: true };
    if (this.foreignRevision > revision) return this.want();
    this.watch ??= this.startWatch(revision + 1n);
  }

  /**
   * Deletes the key, if it is still on the lease that we put it with.
   * @throws EtcdFailure
   */
  async remove(): Promise<void> {
    this.stop();
    const { lastLease: is, key } = this;
    if (is === undefined) return;
    await this.options.session.call((connection, timeoutMs) =>
      connection.txn(
        { when: [{ target: 'lease', key, is }], then: [{ kind: 'delete', key }] },
        timeoutMs,
      ),
    );
    this.lastLease = undefined;
  }

  /** Stops watching the key. */
  stop(): void {
    this.watch?.cancel();
    this.watch = undefined;
  }

  /** By a transaction that can put nothing: an etcd without space refuses any other, though it holds the key. */
  private async isAsPut(known: Held): Promise<boolean> {
    const when = [{ target: 'modRevision', key: this.key, is: known.revision }] as const;
    try {
      const answer = await this.options.session.call((connection, timeoutMs) =>
        connection.txn({ when, then: [] }, timeoutMs),
      );
      return answer.succeeded;
    } catch (error) {
      this.state = { ...known, checked: false };
      throw error;
    }
  }

  /** Returns the revision of the put. */
  private async write(instance: ServiceInstance, lease: string): Promise<bigint> {
    const value = encodeInstance(instance, this.options.limits);
    const put = { kind: 'put', key: this.key, value, lease } as const;
    this.lastLease = lease;
    const answer = await this.options.session.call(
      (connection, timeoutMs) => connection.txn({ when: [], then: [put] }, timeoutMs),
      { provenTryMs: PUT_TRY_MS, freshTryMs: FRESH_PUT_TRY_MS },
    );
    this.options.onPut(this.wasPut);
    this.wasPut = true;
    return answer.revision;
  }

  private startWatch(from: bigint): HubWatch {
    return this.options.hub.watch({ key: this.key }, from, {
      created: () => undefined,
      events: (events) => {
        for (const { modRevision } of events) {
          if (modRevision > this.foreignRevision) this.foreignRevision = modRevision;
        }
        const { state } = this;
        if (state.kind !== 'held' || this.foreignRevision <= state.revision) return;
        this.want();
        this.options.onDisturbed();
      },
      ended: () => {
        this.watch = undefined;
        // The next stream may be one to a store that replaced this one and counts from the start.
        this.foreignRevision = 0n;
        if (this.state.kind === 'held') this.state = { ...this.state, checked: false };
        this.options.onDisturbed();
      },
    });
  }
}

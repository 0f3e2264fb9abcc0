import {
  InstanceConflictError,
  reason,
  RegistryClosedError,
  RegistryRefusedError,
} from '../../errors/registry-errors.js';
import {
  completeInstance,
  type InstanceToRegister,
  ownIdFor,
} from '../../instance/complete-instance.js';
import { encodeInstance } from '../../instance/codecs.js';
import { instanceKey } from '../../instance/keys.js';
import type { ServiceInstance } from '../../instance/service-instance.js';
import {
  assertSameServer,
  describeRegistrations,
  RegistrationSubject,
} from '../../subjects/registration-subject.js';
import type { RegistryDescription } from '../../registry-description.js';
import type { Registrar, Registration } from '../../registrar.js';
import { Backoff, Deferred, sleep, unlessAborted, within } from '../../timing/wait.js';
import {
  type EtcdFailure,
  isAuthFailure,
  isOutage,
  toEtcdFailure,
  toRegistryError,
} from '../client/etcd-failure.js';
import { LeaseKeeper } from './lease-keeper.js';
import { RefusalBackoff } from '../session/pacing.js';
import { RegisteredKey } from './registered-key.js';
import type { EtcdContext } from '../watch/etcd-context.js';
import { StoreEpoch } from './store-epoch.js';
import { WorkSignal } from './keep-alive-loop.js';

/** Time limit of `close`, in milliseconds. */
const CLOSE_MS = 1_000;

export interface EtcdRegistrarOptions {
  readonly leaseTtlSeconds: number;
  /** Creates an id that no other etcd store has. */
  readonly createEpoch: () => string;
}

/** The registrar's port on etcd. One loop does all writes, one after another. */
export class EtcdRegistrar implements Registrar {
  private readonly keys = new Map<string, RegisteredKey>();
  private readonly deregistering = new Map<RegisteredKey, Deferred<void>>();
  private readonly closing = new AbortController();
  private readonly work: WorkSignal;
  private readonly lease: LeaseKeeper;
  private readonly epoch: StoreEpoch;
  private readonly outage: Backoff;
  private readonly refusal: RefusalBackoff;
  private readonly counts = { registered: 0, reregistered: 0, lostLeases: 0, conflicts: 0 };
  private loop: Promise<void> | undefined;
  private closed: Promise<void> | undefined;

  /** @param onClosed Called once, when the registrar was closed. */
  constructor(
    private readonly context: EtcdContext,
    private readonly options: EtcdRegistrarOptions,
    private readonly onClosed: () => void,
  ) {
    const { clock, random } = context;
    this.work = new WorkSignal(clock, random);
    this.outage = new Backoff(200, 5_000, random);
    this.refusal = new RefusalBackoff(random);
    this.epoch = new StoreEpoch(context, options.createEpoch);
    this.lease = new LeaseKeeper(context, options.leaseTtlSeconds, () => this.leaseLost());
  }

  register(given: InstanceToRegister): Registration {
    const ours = completeInstance(given, this.context.clock.date());
    encodeInstance(ours, this.context.limits);
    const name = instanceKey(this.context.namespace, ours);
    if (this.closed) throw new RegistryClosedError(name);
    let key = this.keys.get(name);
    if (key === undefined) {
      key = this.add(name, ours);
    } else {
      assertSameServer(name, key.registration.instance, ours);
      // An id that was replaced after a conflict stays replaced.
      const { id, startedAt } = key.registration.instance;
      key.registration.instance = { ...ours, id, startedAt: given.startedAt ?? startedAt };
      key.markDirty();
    }
    this.work.wake();
    this.loop ??= this.run();
    return key.registration;
  }

  describe(): Pick<RegistryDescription, 'lease' | 'registrar'> {
    const registrations = [...this.keys.values()].map(({ registration }) => registration);
    return {
      lease: this.lease.describe(),
      registrar: { registrations: describeRegistrations(registrations), ...this.counts },
    };
  }

  close(): Promise<void> {
    return (this.closed ??= this.deregisterAll());
  }

  private add(name: string, instance: ServiceInstance): RegisteredKey {
    const { logger } = this.context;
    const registration: RegistrationSubject = new RegistrationSubject(
      instance,
      (withinMs) => this.deregister(name, key, withinMs),
      (error) => logger.error(`${key.key}: a listener has thrown: ${reason(error)}`),
    );
    const onDisturbed = () => this.work.wakePaced();
    const key: RegisteredKey = new RegisteredKey(registration, this.context, {
      isOwnLease: (lease) => this.lease.wasGranted(lease),
      onDisturbed,
      onPut: (again) => this.counts[again ? 'reregistered' : 'registered']++,
    });
    this.keys.set(name, key);
    return key;
  }

  private async deregister(name: string, key: RegisteredKey, withinMs: number): Promise<void> {
    if (this.closed) return this.closed;
    this.keys.delete(name);
    const done = new Deferred<void>();
    this.deregistering.set(key, done);
    this.work.wake();
    // Without a put there is nothing to remove.
    if (key.mayExist) await this.bounded(withinMs, done.promise, key.key);
  }

  private async deregisterAll(): Promise<void> {
    this.closing.abort();
    const keys = [...this.keys.values(), ...this.deregistering.keys()];
    for (const key of keys) key.stop();
    // A put may be in flight: once its lease is revoked, it can only fail.
    await this.bounded(CLOSE_MS, this.lease.close(), 'The registrar');
    this.work.close();
    for (const done of this.deregistering.values()) done.resolve();
    this.onClosed();
    // Not awaited: they wait for this close.
    for (const { registration } of keys) registration.deregister().catch(() => undefined);
  }

  private async bounded(ms: number, deregistering: Promise<void>, subject: string): Promise<void> {
    const { clock, logger } = this.context;
    const late = () => new Error(`no answer within ${ms} ms`);
    try {
      await within(clock, ms, deregistering, late);
    } catch (error) {
      logger.warn(
        `${subject}: etcd should confirm the deregistration, but does not (${reason(error)}). ` +
          `Entries end with their lease within ${this.options.leaseTtlSeconds} s.`,
      );
    }
  }

  private leaseLost(): void {
    this.counts.lostLeases++;
    this.context.logger.warn(
      'The lease of this process was lost; its instances are registered again.',
    );
    for (const key of this.keys.values()) {
      key.markDirty();
      key.registration.set({ kind: 'registering', lastError: undefined });
    }
    this.work.wake();
  }

  private async run(): Promise<void> {
    const { session, clock, random } = this.context;
    const { signal } = this.closing;
    while (!signal.aborted) {
      await unlessAborted(signal, this.work.next());
      if (signal.aborted) return;
      try {
        await this.removeDeregistered();
        await this.putDirty();
        await this.epoch.ensure(this.lease.id);
        this.outage.reset();
      } catch (error) {
        if (signal.aborted) return;
        this.failed(toEtcdFailure(error));
        const { down } = session;
        await unlessAborted(signal, session.recovered());
        await sleep(clock, down ? 200 * random() : this.outage.next(), signal);
        this.work.wake();
      }
    }
  }

  private async removeDeregistered(): Promise<void> {
    for (const [key, done] of this.deregistering) {
      key.stop();
      try {
        const last = this.keys.size === 0 && this.deregistering.size === 1;
        const revoked = last && (await this.lease.revoke());
        // A newer registration of the key overwrites it.
        if (!revoked && !this.hasSuccessor(key)) await key.remove();
      } catch (error) {
        const failure = toEtcdFailure(error);
        if (isOutage(failure) || failure.kind === 'closed') throw failure;
        // Another try would not help, and must not delay the puts.
        this.context.logger.warn(
          new RegistryRefusedError(this.context.session.hosts, key.key, failure).message,
        );
      }
      this.deregistering.delete(key);
      done.resolve();
    }
  }

  private hasSuccessor({ key }: RegisteredKey): boolean {
    return [...this.keys.values()].some((each) => each.key === key);
  }

  private async putDirty(): Promise<void> {
    for (const [name, key] of this.keys) {
      if (!key.needsPut) continue;
      let lease: string | undefined;
      try {
        lease = await this.lease.acquire();
        // Deregistered or closed in the meantime.
        if (this.keys.get(name) !== key || this.closing.signal.aborted) continue;
        await key.put(lease);
        // A key on a lease that was lost in the meantime vanishes with it.
        if (!this.lease.holds(lease)) key.markDirty();
        if (key.needsPut) this.work.wake();
        else this.registered(key);
      } catch (error) {
        if (error instanceof InstanceConflictError) {
          this.giveWay(key, error);
          continue;
        }
        const failure = toEtcdFailure(error);
        if (isOutage(failure) || failure.kind === 'closed') throw failure;
        if (failure.kind === 'lease-not-found' && lease) return this.lease.refused(lease);
        this.refused(key, failure);
      }
    }
  }

  private registered({ registration, key }: RegisteredKey): void {
    if (registration.state.kind === 'registering')
      this.context.logger.info(`${key} is registered as ${registration.instance.address}.`);
    registration.set({ kind: 'registered' });
    this.refusal.reset();
  }

  /** Another process keeps the id: this one registers under its own id, so that its server gets its share of calls. */
  private giveWay(key: RegisteredKey, conflict: InstanceConflictError): void {
    const { registration } = key;
    const { instance } = registration;
    const id = ownIdFor(instance.id);
    this.counts.conflicts++;
    this.context.logger.error(`${conflict.message} It is registered as "${id}".`);
    key.moveTo({ ...instance, id });
    registration.conflict ??= conflict;
    registration.set({ kind: 'registering', lastError: conflict });
    this.work.wake();
  }

  /** A key that may not be written delays none of the others. */
  private refused(key: RegisteredKey, failure: EtcdFailure): void {
    const { session, logger } = this.context;
    const lastError = new RegistryRefusedError(session.hosts, key.key, failure);
    const { state } = key.registration;
    const isReported = state.kind === 'registering' && state.lastError?.name === lastError.name;
    if (!isReported && !isAuthFailure(failure)) logger.warn(lastError.message);
    key.registration.set({ kind: 'registering', lastError });
    this.work.wakeAfter(this.refusal.next(failure));
  }

  /** Notifies registrations that wait for their first put; the others count as registered until the lease is lost. */
  private failed(failure: EtcdFailure): void {
    const { hosts } = this.context.session;
    for (const { key, registration } of this.keys.values()) {
      if (registration.state.kind !== 'registering') continue;
      registration.set({ kind: 'registering', lastError: toRegistryError(failure, hosts, key) });
    }
  }
}

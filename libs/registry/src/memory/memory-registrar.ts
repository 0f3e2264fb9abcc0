import { RegistryClosedError } from '../errors/registry-errors.js';
import { completeInstance, type InstanceToRegister } from '../instance/complete-instance.js';
import { encodeInstance } from '../instance/codecs.js';
import type { ServiceInstance } from '../instance/service-instance.js';
import type { Registrar, Registration } from '../registrar.js';
import {
  assertSameServer,
  describeRegistrations,
  RegistrationSubject,
} from '../subjects/registration-subject.js';
import type { RegistrarDescription } from '../registry-description.js';
import type { MemoryStore } from './memory-store.js';

/** The registrar's port in memory. */
export class MemoryRegistrar implements Registrar {
  private readonly registrations = new Map<string, RegistrationSubject>();
  private readonly counts = { registered: 0, reregistered: 0, lostLeases: 0, conflicts: 0 };
  private closed = false;

  constructor(private readonly store: MemoryStore) {}

  register(given: InstanceToRegister): Registration {
    const ours = completeInstance(given, new Date());
    encodeInstance(ours);
    const name = `${ours.service}/${ours.id}`;
    if (this.closed) throw new RegistryClosedError(name);
    let registration = this.registrations.get(name);
    if (registration === undefined) {
      registration = this.create(name, ours);
    } else {
      assertSameServer(name, registration.instance, ours);
      const { startedAt } = registration.instance;
      registration.instance = { ...ours, startedAt: given.startedAt ?? startedAt };
    }
    // As with a remote registry, the port returns before the entry exists.
    const subject = registration;
    queueMicrotask(() => this.put(subject));
    return subject;
  }

  describe(): RegistrarDescription {
    const registrations = [...this.registrations.values()];
    return { registrations: describeRegistrations(registrations), ...this.counts };
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.registrations.values()].map((each) => each.deregister()));
  }

  private create(name: string, instance: ServiceInstance): RegistrationSubject {
    const subject = new RegistrationSubject(
      instance,
      () => {
        this.registrations.delete(name);
        this.store.delete(subject.instance);
        return Promise.resolve();
      },
      () => undefined,
    );
    this.registrations.set(name, subject);
    return subject;
  }

  private put(registration: RegistrationSubject): void {
    if (registration.state.kind === 'deregistered') return;
    this.store.put(registration.instance);
    this.counts[registration.state.kind === 'registered' ? 'reregistered' : 'registered']++;
    registration.set({ kind: 'registered' });
  }
}

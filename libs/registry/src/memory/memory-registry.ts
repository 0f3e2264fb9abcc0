import { RegistryClosedError } from '../errors/registry-errors.js';
import { assertInstanceId, assertServiceName } from '../instance/assert-instance.js';
import {
  decodeServiceConfig,
  encodeInstance,
  encodeOverride,
  encodeServiceConfig,
} from '../instance/codecs.js';
import type { InstanceOverride, Override, Overrides } from '../overrides.js';
import type {
  ConfigDescription,
  ConnectionDescription,
  RegistrarDescription,
} from '../registry-description.js';
import type { Registry } from '../registry.js';
import { MemoryStore } from './memory-store.js';
import { MemoryWatch, MemoryWatcher } from './memory-watcher.js';
import { type InstanceToRegister, completeInstance } from '../instance/complete-instance.js';
import type { ServiceInstance } from '../instance/service-instance.js';
import type { Registrar, Registration } from '../registrar.js';
import {
  RegistrationSubject,
  assertSameServer,
  describeRegistrations,
} from '../subjects/registration-subject.js';
import { describeConfig } from '../subjects/describe-watch.js';
import type {
  ConfigListener,
  ConfigState,
  ConfigWatch,
  ServiceConfigs,
} from '../service-configs.js';
import { WatchSubjects } from '../subjects/watch-subjects.js';

/**
 * A registry in the memory of this process, for tests and for applications of one process.
 * @param store The store of the registry; registries that share one see each other's instances and configs. @default a new one
 */
export function createMemoryRegistry(store: MemoryStore = new MemoryStore()): Registry {
  const registrar = new MemoryRegistrar(store);
  const watcher = new MemoryWatcher(store);
  const configs = new MemoryServiceConfigs(store);
  const overrides = new MemoryOverrides(store);
  let connection: ConnectionDescription = { kind: 'up', since: new Date(), endpoint: 'memory' };
  return {
    registrar,
    watcher,
    configs,
    overrides,
    async services() {
      await Promise.resolve();
      if (connection.kind === 'closed') throw new RegistryClosedError('memory');
      return store.serviceNames();
    },
    describe: () => ({
      kind: 'memory',
      namespace: '',
      hosts: [],
      connection,
      lease: { kind: 'none' },
      registrar: registrar.describe(),
      services: watcher.describe(),
      allServices: watcher.describeServices(),
      configs: configs.describe(),
      watchStream: { watches: 0, streams: 0 },
    }),
    async close() {
      if (connection.kind !== 'closed') connection = { kind: 'closed', since: new Date() };
      overrides.close();
      await Promise.all([registrar.close(), watcher.close(), configs.close()]);
    },
  };
}

/** The port of overrides in memory. */
class MemoryOverrides implements Overrides {
  private closed = false;

  constructor(private readonly store: MemoryStore) {}

  async set(service: string, instanceId: string, override: Override): Promise<void> {
    assertInstanceId(instanceId);
    encodeOverride(override);
    await this.answer(service);
    this.store.putOverride(service, instanceId, override.weight);
  }

  async remove(service: string, instanceId: string): Promise<void> {
    assertInstanceId(instanceId);
    await this.answer(service);
    this.store.deleteOverride(service, instanceId);
  }

  async list(service: string): Promise<readonly InstanceOverride[]> {
    await this.answer(service);
    const inOrder = [...this.store.overrides(service)].sort(([a], [b]) => (a < b ? -1 : 1));
    return inOrder.map(([id, weight]) => ({ service, id, weight }));
  }

  close(): void {
    this.closed = true;
  }

  /** As with a remote registry, nothing happens before the port has returned. */
  private async answer(service: string): Promise<void> {
    assertServiceName(service);
    if (this.closed) throw new RegistryClosedError(`memory:overrides/${service}/`);
    await Promise.resolve();
  }
}

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

const sourceOf = (service: string) => `memory:config/${service}`;

/** The port of service configs in memory. */
export class MemoryServiceConfigs implements ServiceConfigs {
  private readonly subjects: WatchSubjects<ConfigState, MemoryWatch>;

  constructor(private readonly store: MemoryStore) {
    this.subjects = new WatchSubjects({
      sourceOf,
      start: ({ service }) =>
        new MemoryWatch(
          (listener) =>
            store.onConfigChange((changed) => {
              if (changed === service) listener();
            }),
          () => this.update(service),
        ),
      onListenerError: () => undefined,
    });
  }

  async publish(service: string, config: object): Promise<void> {
    const value = encodeServiceConfig(config);
    await this.answer(service);
    this.store.putConfig(service, value);
  }

  async remove(service: string): Promise<void> {
    await this.answer(service);
    this.store.deleteConfig(service);
  }

  watch(service: string, listener: ConfigListener): ConfigWatch {
    return this.subjects.watch(service, listener);
  }

  describe(): ConfigDescription[] {
    return this.subjects.map(describeConfig);
  }

  close(): Promise<void> {
    this.subjects.close();
    return Promise.resolve();
  }

  /** As with a remote registry, nothing happens before the port has returned. */
  private async answer(service: string): Promise<void> {
    assertServiceName(service);
    if (this.subjects.isClosed) throw new RegistryClosedError(sourceOf(service));
    await Promise.resolve();
  }

  private update(service: string): void {
    const stored = this.store.config(service);
    this.subjects.get(service)?.set(
      stored
        ? {
            kind: 'published',
            config: decodeServiceConfig(sourceOf(service), stored.value),
            revision: stored.revision,
          }
        : { kind: 'none' },
    );
  }
}

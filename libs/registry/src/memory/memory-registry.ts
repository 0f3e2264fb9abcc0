import { RegistryClosedError } from '../errors/registry-errors.js';
import { assertInstanceId, assertServiceName } from '../instance/assert-instance.js';
import { encodeOverride } from '../instance/codecs.js';
import type { InstanceOverride, Override, Overrides } from '../overrides.js';
import type { ConnectionDescription } from '../registry-description.js';
import type { Registry } from '../registry.js';
import { MemoryRegistrar } from './memory-registrar.js';
import { MemoryServiceConfigs } from './memory-service-configs.js';
import { MemoryStore } from './memory-store.js';
import { MemoryWatcher } from './memory-watcher.js';

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

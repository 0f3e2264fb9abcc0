import { RegistryClosedError } from '../errors/registry-errors.js';
import type { ConnectionDescription } from '../registry-description.js';
import type { Registry } from '../registry.js';
import { MemoryOverrides } from './memory-overrides.js';
import { MemoryRegistrar } from './memory-registrar.js';
import { MemoryServiceConfigs } from './memory-service-configs.js';
import { MemoryStore } from './memory-store.js';
import { MemoryWatcher } from './memory-watcher.js';

/**
 * A registry in the memory of this process, for tests and for applications of one process.
 * @param store What the registry works on; registries that share one see each other's instances and configs. @default a new one
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
      hub: { watches: 0, streams: 0 },
    }),
    async close() {
      if (connection.kind !== 'closed') connection = { kind: 'closed', since: new Date() };
      overrides.close();
      await Promise.all([registrar.close(), watcher.close(), configs.close()]);
    },
  };
}

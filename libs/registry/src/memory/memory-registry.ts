import type { Registry } from '../registry.js';
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
  return {
    registrar,
    watcher,
    configs,
    async close() {
      await Promise.all([registrar.close(), watcher.close(), configs.close()]);
    },
  };
}

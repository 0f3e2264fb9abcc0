import { describe, expect, it } from '@jest/globals';
import { describeRegistryContract } from '../spec/registry-contract.js';
import { anInstance } from '../spec/instances.js';
import { RecordedWatch } from '../spec/watches.js';
import { createMemoryRegistry } from './memory-registry.js';
import { MemoryStore } from './memory-store.js';

const stores = new Map<string, MemoryStore>();
describeRegistryContract('memory', {
  start: () => Promise.resolve('memory'),
  stop: () => Promise.resolve(stores.clear()),
  create(_hosts, namespace) {
    const store = stores.get(namespace) ?? new MemoryStore();
    stores.set(namespace, store);
    return createMemoryRegistry(store);
  },
});

describe('memory registry', () => {
  it('is alone in its store when it is given none', async () => {
    const [ours, theirs] = [createMemoryRegistry(), createMemoryRegistry()];
    await ours.registrar.register(anInstance()).whenRegistered();
    const watch = new RecordedWatch(theirs, 'greeter');
    await watch.untilIds([]);
    expect(watch.states).toHaveLength(1);
    await Promise.all([ours.close(), theirs.close()]);
  });

  it('keeps what another registry has put under the same id when the first one leaves', async () => {
    const store = new MemoryStore();
    const [ours, theirs] = [createMemoryRegistry(store), createMemoryRegistry(store)];
    await ours.registrar.register(anInstance()).whenRegistered();
    await theirs.registrar.register(anInstance({ version: '2.0.0' })).whenRegistered();
    await ours.close();
    expect(store.snapshot('greeter').instances[0]?.version).toBe('2.0.0');
    await theirs.close();
  });
});

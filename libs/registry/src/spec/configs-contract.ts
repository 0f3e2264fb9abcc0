import { expect, it } from '@jest/globals';
import { until } from '@grpc-discovery/test-support';
import { InvalidOptionError, RegistryClosedError } from '../errors/registry-errors.js';
import { DEFAULT_LIMITS } from '../limits.js';
import type { Registry } from '../registry.js';
import { anInstance } from './instances.js';
import { RecordedConfigWatch, RecordedWatch } from './watches.js';

const roundRobin = { loadBalancingConfig: [{ round_robin: {} }] };
const pickFirst = { loadBalancingConfig: [{ pick_first: {} }], methodConfig: [{ name: [{}] }] };

/** What the port of service configs promises. `registries` gives two that see each other, fresh for each spec. */
export function itKeepsServiceConfigs(registries: () => { ours: Registry; theirs: Registry }) {
  it('notifies a config watch that nothing is published, then of each config and its removal', async () => {
    const { ours, theirs } = registries();
    const watch = new RecordedConfigWatch(theirs, 'greeter');
    expect(watch.state).toEqual({ kind: 'pending' });
    await watch.untilNone();
    await ours.configs.publish('greeter', roundRobin);
    await watch.untilConfig(roundRobin);
    await ours.configs.publish('greeter', pickFirst);
    await watch.untilConfig(pickFirst);
    await ours.configs.remove('greeter');
    await watch.untilNone();
    expect(watch.states.map(({ kind }) => kind)).toEqual([
      'none',
      'published',
      'published',
      'none',
    ]);
    const revisions = watch.states.map((each) => ('revision' in each ? each.revision : ''));
    expect(BigInt(revisions[2] ?? '')).toBeGreaterThan(BigInt(revisions[1] ?? ''));
  });

  it('shows a config to a watch begun after it was published', async () => {
    const { ours, theirs } = registries();
    await ours.configs.publish('greeter', roundRobin);
    const watch = new RecordedConfigWatch(theirs, 'greeter');
    await watch.untilConfig(roundRobin);
    expect(watch.states).toHaveLength(1);
  });

  it('writes nothing when the same config is published again, or nothing is there to remove', async () => {
    const { ours, theirs } = registries();
    const watch = new RecordedConfigWatch(theirs, 'greeter');
    await ours.configs.remove('greeter');
    await Promise.all([ours, theirs].map(({ configs }) => configs.publish('greeter', roundRobin)));
    await watch.untilConfig(roundRobin);
    const { state } = watch;
    await ours.configs.publish('greeter', { ...roundRobin });
    await ours.configs.publish('orders', roundRobin);
    await new RecordedConfigWatch(theirs, 'orders').untilConfig(roundRobin);
    expect(watch.state).toBe(state);
  });

  it('keeps the configs of services apart whose names begin alike, and from instances', async () => {
    const { ours, theirs } = registries();
    const user = new RecordedConfigWatch(theirs, 'user');
    const instances = new RecordedWatch(theirs, 'user-admin');
    await Promise.all([user.untilNone(), instances.untilIds([])]);
    await ours.configs.publish('user-admin', pickFirst);
    await ours.registrar.register(anInstance({ service: 'user-admin' })).whenRegistered();
    await ours.configs.publish('user', roundRobin);
    await Promise.all([user.untilConfig(roundRobin), instances.untilIds(['greeter-1'])]);
    expect(user.states).toHaveLength(2);
    expect(instances.states).toHaveLength(2);
  });

  it('leaves a config published when the registry that published it is closed', async () => {
    const { ours, theirs } = registries();
    await ours.configs.publish('greeter', roundRobin);
    await ours.close();
    await new RecordedConfigWatch(theirs, 'greeter').untilConfig(roundRobin);
  });

  it('never calls a config listener from within watch, nor after close, nor loses the others', async () => {
    const { ours, theirs } = registries();
    theirs.configs.watch('greeter', () => {
      throw new Error('listener');
    });
    const first = new RecordedConfigWatch(theirs, 'greeter');
    await first.untilNone();
    const second = new RecordedConfigWatch(theirs, 'greeter');
    expect(second.states).toHaveLength(0);
    await until('the second is notified', () => second.states.length === 1);
    second.watch.close();
    second.watch.close();
    await ours.configs.publish('greeter', roundRobin);
    await first.untilConfig(roundRobin);
    expect(second.states).toHaveLength(1);
  });

  it('refuses what is no service config, or no service, and writes nothing', async () => {
    const { ours, theirs } = registries();
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    const tooLarge = { pad: 'x'.repeat(DEFAULT_LIMITS.valueBytes) };
    const wrong = [[], cyclic, tooLarge, { toJSON: () => 'text' }, 'text' as unknown as object];
    for (const config of wrong) {
      const published = ours.configs.publish('greeter', config);
      await expect(published).rejects.toThrow(InvalidOptionError);
    }
    await expect(ours.configs.publish('a/b', {})).rejects.toThrow(InvalidOptionError);
    await expect(ours.configs.remove('a/b')).rejects.toThrow(InvalidOptionError);
    expect(() => ours.configs.watch('a/b', () => undefined)).toThrow(InvalidOptionError);
    await new RecordedConfigWatch(theirs, 'greeter').untilNone();
  });

  it('publishes and watches nothing once closed', async () => {
    const { ours } = registries();
    await Promise.all([ours.configs.close(), ours.configs.close()]);
    await expect(ours.configs.publish('greeter', {})).rejects.toThrow(RegistryClosedError);
    await expect(ours.configs.remove('greeter')).rejects.toThrow(RegistryClosedError);
    expect(() => ours.configs.watch('greeter', () => undefined)).toThrow(RegistryClosedError);
  });
}

import { expect, it } from '@jest/globals';
import { until } from '@grpc-discovery/test-support';
import { InvalidOptionError, RegistryClosedError } from '../errors/registry-errors.js';
import type { Registry } from '../registry.js';
import { anInstance } from './instances.js';
import { RecordedWatch } from './watches.js';

/** What the port of overrides promises. `registries` gives two that see each other, fresh for each spec. */
export function itOverridesWeights(registries: () => { ours: Registry; theirs: Registry }) {
  it('delivers an instance with its overriding weight until the override is removed', async () => {
    const { ours, theirs } = registries();
    await ours.registrar.register(anInstance({ id: 'a' })).whenRegistered();
    await ours.registrar.register(anInstance({ id: 'b' })).whenRegistered();
    const watch = new RecordedWatch(theirs, 'greeter');
    await watch.untilIds(['a', 'b']);
    const before = await watch.untilWeights({ a: 100, b: 100 });
    await theirs.overrides.set('greeter', 'a', { weight: 0 });
    const drained = await watch.untilWeights({ a: 0, b: 100 });
    expect(drained.instances[0]).toEqual(anInstance({ id: 'a', weight: 0 }));
    expect(drained.registeredWeights).toEqual(new Map([['a', 100]]));
    expect(BigInt(drained.revision)).toBeGreaterThan(BigInt(before.revision));
    await theirs.overrides.set('greeter', 'a', { weight: 7 });
    await watch.untilWeights({ a: 7, b: 100 });
    await theirs.overrides.remove('greeter', 'a');
    const undrained = await watch.untilWeights({ a: 100, b: 100 });
    expect(undrained.registeredWeights).toBeUndefined();
    expect(watch.states.map(({ kind }) => kind)).toEqual(['live', 'live', 'live', 'live']);
  });

  it('keeps the weight that is set when the instance registers again, with whatever weight', async () => {
    const { ours, theirs } = registries();
    await ours.registrar.register(anInstance({ id: 'a' })).whenRegistered();
    await theirs.overrides.set('greeter', 'a', { weight: 0 });
    const watch = new RecordedWatch(theirs, 'greeter');
    await watch.untilWeights({ a: 0 });
    ours.registrar.register(anInstance({ id: 'a', weight: 50, version: '2.0.0' }));
    await until('the new value is seen', () => {
      const { state } = watch;
      return state.kind === 'live' && state.snapshot.registeredWeights?.get('a') === 50;
    });
    await watch.untilWeights({ a: 0 });
    await ours.close();
    await watch.untilIds([]);
    expect(await theirs.overrides.list('greeter')).toEqual([
      { service: 'greeter', id: 'a', weight: 0 },
    ]);
  });

  it('shows a watch no weight but the one that was set before it began', async () => {
    const { ours, theirs } = registries();
    await theirs.overrides.set('greeter', 'a', { weight: 0 });
    await ours.registrar.register(anInstance({ id: 'a' })).whenRegistered();
    const watch = new RecordedWatch(theirs, 'greeter');
    await watch.untilWeights({ a: 0 });
    expect(watch.states).toHaveLength(1);
  });

  it('lists what is set in order of id, also for instances that are gone, and forgets what is removed', async () => {
    const { ours, theirs } = registries();
    const watch = new RecordedWatch(ours, 'user');
    await watch.untilIds([]);
    for (const id of ['c', 'a', 'b']) await ours.overrides.set('user', id, { weight: 1 });
    await ours.overrides.set('user-admin', 'x', { weight: 2 });
    const ids = async () => (await theirs.overrides.list('user')).map(({ id }) => id);
    expect(await ids()).toEqual(['a', 'b', 'c']);
    await theirs.overrides.remove('user', 'b');
    await theirs.overrides.remove('user', 'never-set');
    expect(await ids()).toEqual(['a', 'c']);
    await until('they are described', () => ours.describe().services[0]?.overrides.set === 2);
    expect(watch.states).toHaveLength(1);
  });

  it('changes nothing when the same weight is set again', async () => {
    const { ours, theirs } = registries();
    await ours.registrar.register(anInstance({ id: 'a' })).whenRegistered();
    await ours.overrides.set('greeter', 'a', { weight: 0 });
    const watch = new RecordedWatch(theirs, 'greeter');
    await watch.untilWeights({ a: 0 });
    const { state } = watch;
    await ours.overrides.set('greeter', 'a', { weight: 0 });
    await ours.overrides.set('orders', 'a', { weight: 0 });
    await new RecordedWatch(theirs, 'orders').untilIds([]);
    expect(watch.state).toBe(state);
  });

  it('names all services that anything is stored of, in order', async () => {
    const { ours, theirs } = registries();
    expect(await theirs.services()).toEqual([]);
    await ours.registrar.register(anInstance()).whenRegistered();
    await ours.registrar.register(anInstance({ id: 'second' })).whenRegistered();
    await ours.overrides.set('accounts', 'a', { weight: 1 });
    await ours.configs.publish('orders', {});
    expect(await theirs.services()).toEqual(['accounts', 'greeter', 'orders']);
  });

  it('refuses what is no service, no id or no weight, and everything once closed', async () => {
    const { ours, theirs } = registries();
    const { overrides } = ours;
    const one = { weight: 1 };
    await expect(overrides.set('a/b', 'a', one)).rejects.toThrow(InvalidOptionError);
    await expect(overrides.remove('a/b', 'a')).rejects.toThrow(InvalidOptionError);
    await expect(overrides.list('a/b')).rejects.toThrow(InvalidOptionError);
    await expect(overrides.set('greeter', 'a/b', one)).rejects.toThrow(InvalidOptionError);
    await expect(overrides.remove('greeter', '')).rejects.toThrow(InvalidOptionError);
    for (const weight of [-1, 1.5, 65_536, Number.NaN, '7' as unknown as number]) {
      await expect(overrides.set('greeter', 'a', { weight })).rejects.toThrow(InvalidOptionError);
    }
    expect(await theirs.overrides.list('greeter')).toEqual([]);
    await ours.close();
    await expect(overrides.set('greeter', 'a', one)).rejects.toThrow(RegistryClosedError);
    await expect(overrides.remove('greeter', 'a')).rejects.toThrow(RegistryClosedError);
    await expect(overrides.list('greeter')).rejects.toThrow(RegistryClosedError);
    await expect(ours.services()).rejects.toThrow(RegistryClosedError);
  });
}

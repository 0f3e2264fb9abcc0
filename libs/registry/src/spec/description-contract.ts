import { expect, it } from '@jest/globals';
import { until } from '@grpc-discovery/test-support';
import { NO_LISTS } from '../registry-description.js';
import type { Registry } from '../registry.js';
import { anInstance } from './instances.js';
import { RecordedConfigWatch, RecordedServicesWatch, RecordedWatch } from './watches.js';

/** What a registry tells of itself. `registries` gives two that see each other, fresh for each spec. */
export function itDescribesItself(registries: () => { ours: Registry; theirs: Registry }) {
  it('describes a registry that was never used, and one that was closed', async () => {
    const { ours } = registries();
    const idle = ours.describe();
    expect(idle).toMatchObject({
      registrar: { registrations: [], registered: 0, reregistered: 0, lostLeases: 0, conflicts: 0 },
      lease: { kind: 'none' },
      services: [],
      allServices: undefined,
      configs: [],
      watchStream: { watches: 0, streams: 0 },
    });
    await ours.close();
    const { connection } = ours.describe();
    if (connection.kind !== 'closed') throw new Error(`${connection.kind} should be closed`);
    expect(Date.now() - connection.since.getTime()).toBeLessThan(60_000);
  });

  it('describes what is registered, how often it was put, and what has left', async () => {
    const { ours } = registries();
    const second = ours.registrar.register(anInstance({ id: 'b' }));
    const first = ours.registrar.register(anInstance({ id: 'a' }));
    await Promise.all([first.whenRegistered(), second.whenRegistered()]);
    expect(ours.describe().connection).toMatchObject({ kind: 'up' });
    expect(ours.describe().registrar).toEqual({
      registrations: [
        { service: 'greeter', id: 'a', state: 'registered', conflict: undefined },
        { service: 'greeter', id: 'b', state: 'registered', conflict: undefined },
      ],
      registered: 2,
      reregistered: 0,
      lostLeases: 0,
      conflicts: 0,
    });
    ours.registrar.register(anInstance({ id: 'a', weight: 7 }));
    await until('it is put again', () => ours.describe().registrar.reregistered === 1);
    await second.deregister();
    const { registrations, registered } = ours.describe().registrar;
    expect(registrations.map(({ id }) => id)).toEqual(['a']);
    expect(registered).toBe(2);
  });

  it('describes the watches, their states and their counts', async () => {
    const { ours, theirs } = registries();
    const greeter = new RecordedWatch(theirs, 'greeter');
    const config = new RecordedConfigWatch(theirs, 'greeter');
    const other = new RecordedWatch(theirs, 'accounts');
    expect(theirs.describe().services[1]).toEqual({
      service: 'greeter',
      source: greeter.watch.source,
      state: 'pending',
      stalenessMs: undefined,
      instances: 0,
      revision: undefined,
      events: 0,
      lists: NO_LISTS,
      brokenEntries: 0,
      overrides: expect.objectContaining({ set: 0 }),
    });
    await Promise.all([greeter.untilIds([]), other.untilIds([]), config.untilNone()]);
    ours.registrar.register(anInstance({ id: 'a' }));
    await greeter.untilIds(['a']);
    ours.registrar.register(anInstance({ id: 'b' }));
    const { revision } = await greeter.untilIds(['a', 'b']);
    await ours.configs.publish('greeter', {});
    await config.untilConfig({});
    const { services, configs } = theirs.describe();
    expect(services.map(({ service, events }) => [service, events])).toEqual([
      ['accounts', 0],
      ['greeter', 2],
    ]);
    expect(services[1]).toMatchObject({ state: 'live', instances: 2, revision });
    expect(services[1]?.stalenessMs).toBeGreaterThanOrEqual(0);
    expect(configs).toMatchObject([
      { service: 'greeter', source: config.watch.source, state: 'published', events: 1 },
    ]);
    other.watch.close();
    expect(theirs.describe().services.map(({ service }) => service)).toEqual(['greeter']);
  });

  it('describes the watch of all services while there is one', async () => {
    const { ours, theirs } = registries();
    const all = new RecordedServicesWatch(theirs);
    expect(theirs.describe().allServices).toMatchObject({
      source: all.watch.source,
      state: 'pending',
      services: 0,
    });
    await all.untilWeights({});
    await ours.registrar.register(anInstance({ id: 'a' })).whenRegistered();
    await ours.overrides.set('greeter', 'a', { weight: 7 });
    await ours.overrides.set('orders', 'gone', { weight: 7 });
    const { revision } = await all.untilWeights({ greeter: { a: 7 } });
    await until(
      'both weights are reported',
      () => theirs.describe().allServices?.overrides.set === 2,
    );
    const { allServices, services } = theirs.describe();
    expect(allServices).toMatchObject({ state: 'live', services: 1, revision, brokenEntries: 0 });
    expect(allServices?.stalenessMs).toBeGreaterThanOrEqual(0);
    expect(services).toEqual([]);
    expect(() => structuredClone(theirs.describe())).not.toThrow();
    all.watch.close();
    expect(theirs.describe().allServices).toBeUndefined();
  });

  it('describes itself without changing anything', async () => {
    const { ours } = registries();
    await ours.registrar.register(anInstance()).whenRegistered();
    const watch = new RecordedWatch(ours, 'greeter');
    await watch.untilIds(['greeter-1']);
    const before = ours.describe();
    expect(() => structuredClone(before)).not.toThrow();
    const { registrar, services } = ours.describe();
    expect(registrar).toEqual(before.registrar);
    expect(services.map(({ lists }) => lists)).toEqual(before.services.map(({ lists }) => lists));
    expect(watch.states).toHaveLength(1);
  });
}

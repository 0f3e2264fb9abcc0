import { afterEach, describe, expect, it } from '@jest/globals';
import { NO_LISTS } from '../../registry-description.js';
import { unavailable } from '../../spec/fake-etcd.js';
import {
  deleteOf,
  INSTANCES,
  instanceEntry,
  OVERRIDES,
  putOf,
  WatchedNamespace,
} from '../../spec/watched-namespace.js';
import type { KeyValue } from '../client/etcd-connection.js';

const a = instanceEntry('accounts', 'a', 5n);
const g = instanceEntry('greeter', 'g', 6n);
const o = instanceEntry('orders', 'o', 7n);
const broken = (key: string, modRevision: bigint): KeyValue => ({
  key,
  value: Buffer.from('no instance'),
  modRevision,
});

describe('The watch of all services in etcd', () => {
  let world: WatchedNamespace;
  const start = async (kvs: readonly KeyValue[], limits = {}) => {
    world = await WatchedNamespace.start(kvs, limits);
  };
  afterEach(() => world.registry.close());
  const lines = (text: string) => world.logger.lines.filter((line) => line.includes(text));

  it('takes two lists and two watches on one stream, whatever the number of services and of listeners', async () => {
    const services = Array.from({ length: 50 }, (_, i) => `service-${i}`);
    await start(services.map((service) => instanceEntry(service, 'x', 9n)));
    world.registry.watcher.watchServices(() => undefined);
    await world.clock.advance(0);
    expect(world.names()).toEqual([...services].sort());
    expect(world.lists()).toBe(2);
    expect(world.streams()).toHaveLength(1);
    const creates = world.wire().creates.map(({ range, start: from }) => ({ range, from }));
    expect(creates.sort((one, other) => (one.range.key < other.range.key ? -1 : 1))).toEqual([
      { range: { key: INSTANCES, rangeEnd: '/discovery/instances0' }, from: 100n },
      { range: { key: OVERRIDES, rangeEnd: '/discovery/overrides0' }, from: 100n },
    ]);
  });

  it('delivers a thousand changes in one answer once, and keeps unchanged services', async () => {
    await start([a, g, o]);
    const before = world.services();
    const puts = Array.from({ length: 1_000 }, (_, i) =>
      putOf(instanceEntry(i % 2 ? 'greeter' : 'users', `i-${i}`, 101n + BigInt(i))),
    );
    await world.events(...puts);
    expect(world.all.states).toHaveLength(2);
    expect(world.names()).toEqual(['accounts', 'greeter', 'orders', 'users']);
    expect(world.services().get('greeter')?.instances).toHaveLength(501);
    expect(world.services().get('accounts')).toBe(before.get('accounts'));
    expect(world.services().get('orders')).toBe(before.get('orders'));
  });

  it('takes several changes of a service at one revision, as of one transaction', async () => {
    await start([a, g]);
    const more = ['b', 'c'].map((id) => putOf(instanceEntry('greeter', id, 101n)));
    await world.events(...more, deleteOf(a, 101n));
    expect(world.names()).toEqual(['greeter']);
    expect(
      world
        .services()
        .get('greeter')
        ?.instances.map(({ id }) => id),
    ).toEqual(['b', 'c', 'g']);
  });

  it('forgets a service with its last instance, and takes it up again', async () => {
    await start([g]);
    await world.events(deleteOf(g, 101n));
    expect(world.names()).toEqual([]);
    await world.events(putOf({ ...g, modRevision: 102n }));
    expect(world.services().get('greeter')).toMatchObject({ revision: '102' });
  });

  it('compares with the store every 5 min, and keeps what does not differ', async () => {
    await start([a, g, o]);
    const { state } = world.all;
    await world.minutesPass();
    expect(world.lists()).toBe(4);
    expect(world.all.state).toBe(state);
    const before = world.services();
    world.store = { ...world.store, revision: 110n, kvs: [a, o] };
    await world.minutesPass();
    expect(world.names()).toEqual(['accounts', 'orders']);
    expect(world.services().get('accounts')).toBe(before.get('accounts'));
    expect(world.services().get('orders')).toBe(before.get('orders'));
  });

  it('lists again when its revision was compacted, and keeps what does not differ', async () => {
    await start([a, g]);
    const before = world.services();
    world.wire().end(unavailable());
    await world.clock.advance(150);
    world.store = { ...world.store, revision: 130n, kvs: [a, o] };
    const instances = world.wire().creates.find(({ range }) => range.key === INSTANCES);
    await world.created();
    world.wire().answer({ watchId: instances!.watchId, canceled: true, compactRevision: 128n });
    await world.clock.advance(0);
    expect(world.wire().creates.at(-1)?.start).toBe(130n);
    expect(world.names()).toEqual(['accounts', 'orders']);
    expect(world.services().get('accounts')).toBe(before.get('accounts'));
    const { lists } = world.registry.describe().allServices!;
    expect(lists).toEqual({ ...NO_LISTS, start: 1, compacted: 1 });
  });

  it('keeps services for 1.25 s when the store was replaced by an empty one, and those that register again', async () => {
    await start([a, g]);
    world.wire().end(unavailable());
    await world.clock.advance(150);
    world.store = { revision: 1n, epoch: 'e2', kvs: [] };
    await world.created();
    await world.created();
    await world.events(putOf({ ...a, modRevision: 2n }));
    world.store = { revision: 2n, epoch: 'e2', kvs: [{ ...a, modRevision: 2n }] };
    await world.clock.advance(1_200);
    expect(world.names()).toEqual(['accounts', 'greeter']);
    await world.clock.advance(100);
    expect(world.names()).toEqual(['accounts']);
    expect(world.all.state).toMatchObject({ kind: 'live', snapshot: { revision: '2' } });
  });

  it('holds its limits for each service by itself', async () => {
    const ids = ['c', 'b', 'a'];
    const crowd = ids.map((id) => instanceEntry('greeter', id, 9n));
    await start([...crowd, a, o], { instancesPerService: 2 });
    expect(world.names()).toEqual(['accounts', 'greeter', 'orders']);
    expect(
      world
        .services()
        .get('greeter')
        ?.instances.map(({ id }) => id),
    ).toEqual(['a', 'b']);
    expect(lines('should hold at most 2 instances')).toHaveLength(1);
    const weights = ['x', 'y', 'z', 'a'].map((id) => weight('greeter', id));
    await world.events(...weights, weight('accounts', 'a'));
    expect(world.registry.describe().allServices?.overrides).toMatchObject({
      set: 3,
      brokenEntries: 2,
    });
    expect(world.services().get('accounts')?.instances[0]?.weight).toBe(7);
  });

  it('leaves broken entries out, counts them, and warns of each service within a budget', async () => {
    const many = Array.from({ length: 30 }, (_, i) => broken(`${INSTANCES}greeter/b-${i}`, 9n));
    await start([a, ...many, broken(`${INSTANCES}orders/b`, 9n)]);
    expect(world.names()).toEqual(['accounts']);
    expect(world.registry.describe().allServices?.brokenEntries).toBe(31);
    expect(lines(`${INSTANCES}greeter/b-`)).toHaveLength(10);
    expect(lines(`There are more entries under ${INSTANCES}greeter/`)).toHaveLength(1);
    expect(lines(`${INSTANCES}orders/b`)).toHaveLength(1);
    await world.events(putOf(instanceEntry('greeter', 'b-0', 101n)));
    expect(world.names()).toEqual(['accounts', 'greeter']);
    expect(world.registry.describe().allServices?.brokenEntries).toBe(30);
  });

  it('limits warnings of broken entries of all services together', async () => {
    const many = Array.from({ length: 300 }, (_, i) => broken(`${INSTANCES}s-${i}/b`, 9n));
    await start(many);
    expect(lines('should hold an instance')).toHaveLength(100);
    expect(lines(`There are more entries under ${INSTANCES} `)).toHaveLength(1);
    expect(world.names()).toEqual([]);
  });

  it.each([`${INSTANCES}x`, `${INSTANCES}/x`, `${INSTANCES}a b/x`, `${INSTANCES}-/x`])(
    'leaves out the key %s, which belongs to no service, and warns of it once',
    async (key) => {
      const stray = { ...g, key };
      await start([a, stray]);
      const again = { ...stray, modRevision: 101n };
      await world.events(putOf(again));
      world.store = { ...world.store, revision: 101n, kvs: [a, again] };
      await world.minutesPass();
      expect(world.names()).toEqual(['accounts']);
      expect(lines(key)).toHaveLength(1);
      expect(lines('<service>/<instanceId>')).toHaveLength(1);
    },
  );

  it('logs what a listener of all services throws', async () => {
    await start([a]);
    world.registry.watcher.watchServices(() => {
      throw new Error('of the listener');
    });
    await world.clock.advance(0);
    expect(lines('of the listener')).toEqual([
      `error ${INSTANCES}: a listener has thrown: of the listener`,
    ]);
  });

  it('leaves no timer and no watch behind when its last listener is gone', async () => {
    await start([a]);
    world.all.watch.close();
    await world.clock.advance(0);
    expect(world.wire().over).toBe(true);
    expect(world.registry.describe().watchStream.watches).toBe(0);
    await world.clock.advance(30_000);
    expect(world.clock.pending).toBe(0);
  });
});

function weight(service: string, id: string) {
  const key = `${OVERRIDES}${service}/${id}`;
  return putOf({ key, value: Buffer.from('{"weight":7}'), modRevision: 101n });
}

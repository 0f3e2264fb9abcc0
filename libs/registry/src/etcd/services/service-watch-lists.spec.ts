import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { silent, unavailable } from '../../spec/fake-etcd.js';
import { anInstance } from '../../spec/instances.js';
import { NO_LISTS } from '../../registry-description.js';
import { del, entry, put, WatchedService } from '../../spec/watched-service.js';

describe('The lists of a ServiceWatch', () => {
  let world: WatchedService;

  beforeEach(async () => {
    world = await WatchedService.start();
  });

  afterEach(() => world.close());

  it('takes up a cut stream at the revision of its last event and lists within 1 s', async () => {
    await world.created();
    world.events(put('b', 15n));
    world.wire().end(unavailable());
    await world.clock.advance(150);
    expect(world.wire().creates[0]?.start).toBe(15n);
    expect(world.subject.state.kind).toBe('live');
    world.store = { ...world.store, revision: 15n, kvs: [entry('a', 5n), entry('b', 15n)] };
    await world.created(15n);
    expect(world.lists()).toBe(1);
    await world.clock.advance(1_000);
    expect(world.lists()).toBe(2);
    expect(world.ids()).toEqual(['a', 'b']);
  });

  it('lists again when its revision was compacted', async () => {
    await world.created();
    world.wire().end(unavailable());
    await world.clock.advance(150);
    world.store = { revision: 30n, epoch: 'e1', kvs: [entry('c', 25n)] };
    await world.created(30n);
    world.wire().answer({ watchId: '1', canceled: true, compactRevision: 28n });
    await world.clock.advance(0);
    expect(world.wire().creates.at(-1)?.start).toBe(30n);
    await world.created();
    expect(world.ids()).toEqual(['c']);
    expect(world.watch.statistics().lists).toEqual({ ...NO_LISTS, start: 1, compacted: 1 });
  });

  it('counts its lists by their reason, and events that were new', async () => {
    await world.created();
    world.events(put('b', 11n), put('c', 12n));
    world.events(put('c', 12n));
    world.store = { revision: 12n, epoch: 'e1', kvs: [entry('b', 11n), entry('c', 12n)] };
    await world.minutesPass();
    world.wire().end(unavailable());
    await world.clock.advance(150);
    await world.created();
    await world.clock.advance(1_000);
    world.wire().end(silent());
    await world.clock.advance(1_000);
    const { events: count, lists } = world.watch.statistics();
    expect(count).toBe(2);
    expect(lists).toEqual({ start: 1, periodic: 1, resumed: 1, compacted: 0, failed: 1 });
  });

  it('lists at once when the store is behind it, and watches the new one from its start', async () => {
    await world.created();
    world.wire().end(unavailable());
    await world.clock.advance(150);
    world.store = { revision: 3n, epoch: 'e2', kvs: [entry('z', 2n)] };
    await world.created(3n);
    await world.clock.advance(0);
    expect(world.ids()).toEqual(['a', 'z']);
    expect(world.wire().creates.at(-1)?.start).toBe(3n);
  });

  describe('when the store was replaced by one that is empty', () => {
    beforeEach(async () => {
      await world.created();
      world.events(put('b', 11n));
      world.wire().end(unavailable());
      await world.clock.advance(150);
      world.store = { revision: 1n, epoch: 'e2', kvs: [] };
      await world.created(1n);
      await world.clock.advance(0);
      await world.created(1n);
    });

    it('keeps its instances for 1.25 s, in which those that live register again', async () => {
      expect(world.ids()).toEqual(['a', 'b']);
      world.store = { revision: 2n, epoch: 'e2', kvs: [entry('a', 2n)] };
      world.events(put('a', 2n));
      await world.clock.advance(1_249);
      expect(world.ids()).toEqual(['a', 'b']);
      await world.clock.advance(1);
      expect(world.ids()).toEqual(['a']);
    });

    it('lets go at once of an instance that registers and then leaves', () => {
      world.events(put('a', 2n));
      world.events(del('a', 3n));
      expect(world.ids()).toEqual(['b']);
    });

    it('leaves no timer behind when it is closed', () => {
      const before = world.clock.pending;
      world.watch.close();
      expect(world.clock.pending).toBeLessThan(before);
    });
  });

  it('replaces everything when the epoch changed, even if no revision shows it', async () => {
    await world.created();
    world.wire().end(unavailable());
    await world.clock.advance(150);
    // The same key at the same revision, with another value.
    const other = Buffer.from(JSON.stringify(anInstance({ id: 'a', version: '2.0.0' })));
    world.store = { revision: 40n, epoch: 'e2', kvs: [{ ...entry('a', 5n), value: other }] };
    await world.created(40n);
    await world.clock.advance(1_000);
    expect(world.subject.state).toMatchObject({ snapshot: { instances: [{ version: '2.0.0' }] } });
    expect(world.wire().creates.at(-1)?.start).toBe(40n);
  });

  it.each([
    ['a store gets its first epoch', undefined, 'e1', false],
    ['the epoch stays', 'e1', 'e1', false],
    ['the epoch is another one', 'e1', 'e2', true],
    ['the store has none any more', 'e1', undefined, true],
  ])('doubts what it knew or not when %s', async (_, before, now, isReplaced) => {
    world.close();
    world = await WatchedService.start();
    world.store = { ...world.store, epoch: before };
    await world.created();
    await cutAndList();
    world.store = { revision: 40n, epoch: now, kvs: [] };
    await cutAndList();
    // What another store lacks may yet register in it.
    expect(world.ids()).toEqual(isReplaced ? ['a'] : []);
    // A store that is another one is watched anew.
    if (isReplaced) await world.created();
    await world.clock.advance(1_250);
    expect(world.ids()).toEqual([]);
  });

  async function cutAndList(): Promise<void> {
    world.wire().end(unavailable());
    await world.clock.advance(150);
    await world.created();
    await world.clock.advance(1_000);
  }

  it('keeps events that overtake a list, and skips those that the list holds', async () => {
    await world.created();
    world.wire().end(unavailable());
    await world.clock.advance(150);
    await world.created();
    const [connection] = world.opened.slice(-1);
    const answer = connection?.answerTxn;
    if (connection && answer) {
      connection.answerTxn = (request) => {
        world.events(put('late', 21n));
        return answer(request);
      };
    }
    world.store = { revision: 20n, epoch: 'e1', kvs: [entry('a', 5n), entry('b', 20n)] };
    await world.clock.advance(1_000);
    expect(world.ids()).toEqual(['a', 'b', 'late']);
    world.events(del('b', 19n));
    expect(world.ids()).toEqual(['a', 'b', 'late']);
  });

  it('compares its store with etcd every 5 min and delivers only differences', async () => {
    await world.created();
    const before = world.subject.state;
    await world.minutesPass();
    expect(world.lists()).toBe(2);
    expect(world.subject.state).toBe(before);
    world.store.kvs = [];
    await world.minutesPass();
    expect(world.lists()).toBe(3);
    expect(world.ids()).toEqual([]);
  });
});

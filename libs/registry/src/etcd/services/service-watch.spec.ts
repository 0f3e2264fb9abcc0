import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RegistryRefusedError } from '../../errors/registry-errors.js';
import { silent, unavailable } from '../../spec/fake-etcd.js';
import { EtcdFailure } from '../client/etcd-failure.js';
import { del, PREFIX, put, WatchedService } from '../../spec/watched-service.js';

describe('ServiceWatch', () => {
  let world: WatchedService;

  beforeEach(async () => {
    world = await WatchedService.start();
  });

  afterEach(() => world.close());

  it('watches from the revision of its list, and is live before the watch stands', async () => {
    expect(world.wire().creates).toEqual([
      { watchId: '1', range: { key: PREFIX, rangeEnd: `${PREFIX.slice(0, -1)}0` }, start: 10n },
    ]);
    expect(world.subject.state.kind).toBe('live');
    expect(world.ids()).toEqual(['a']);
    const { state } = world.subject;
    await world.created();
    expect(world.subject.state).toBe(state);
  });

  it('is pending until it is known what is set from outside, then live with it at once', async () => {
    const world = await WatchedService.start({ settled: false });
    await world.created();
    expect(world.subject.state.kind).toBe('pending');
    world.overrides.settled = true;
    world.overrides.weights.set('a', 7);
    world.watch.overridesChanged();
    expect(world.subject.state).toMatchObject({
      snapshot: { instances: [{ id: 'a', weight: 7 }] },
    });
    world.close();
  });

  it('applies puts and deletes and delivers their revision', async () => {
    await world.created();
    world.events(put('b', 11n), del('a', 12n));
    expect(world.ids()).toEqual(['b']);
    expect(world.subject.state).toMatchObject({ snapshot: { revision: '12' } });
  });

  it('is stale, with its last view, as soon as the stream is found silent', async () => {
    await world.created();
    world.failure = unavailable();
    world.wire().end(silent());
    await world.clock.advance(0);
    expect(world.subject.state).toMatchObject({
      kind: 'stale',
      error: { name: 'RegistryUnreachableError' },
    });
    const { state } = world.subject;
    await world.clock.advance(60_000);
    expect(world.subject.state).toBe(state);
    expect(world.ids()).toEqual(['a']);
    world.failure = undefined;
    await world.clock.advance(1_500);
    await world.created();
    expect(world.subject.state.kind).toBe('live');
  });

  it('is confirmed by each answer on its stream and each list, and grows old while there is none', async () => {
    expect(world.watch.stalenessMs()).toBe(0);
    await world.created();
    for (let i = 0; i < 5; i++) {
      await world.clock.advance(2_000);
      expect(world.watch.stalenessMs()).toBe(2_000);
      world.wire().answer({ watchId: '-1' });
      expect(world.watch.stalenessMs()).toBe(0);
    }
    await world.clock.advance(700);
    world.failure = unavailable();
    world.wire().end(silent());
    await world.clock.advance(60_000);
    expect(world.watch.stalenessMs()).toBe(60_700);
    world.failure = undefined;
    await world.clock.advance(1_500);
    await world.created();
    expect(world.subject.state.kind).toBe('live');
    expect(world.watch.stalenessMs()).toBeLessThan(1_500);
  });

  it('reports a refusal once, retries at long intervals and recovers', async () => {
    await world.created();
    world.failure = new EtcdFailure('refused', 'etcdserver: permission denied');
    world.wire().end(world.failure);
    await world.clock.advance(120_000);
    expect(world.subject.state).toMatchObject({
      kind: 'stale',
      error: expect.any(RegistryRefusedError),
    });
    expect(world.logger.lines.filter((line) => line.includes('refuses'))).toHaveLength(1);
    expect(world.opened.reduce((sum, each) => sum + each.calls.length, 0)).toBeLessThan(25);
    world.failure = undefined;
    const before = world.streams().length;
    for (let i = 0; i < 300 && world.streams().length === before; i++)
      await world.clock.advance(100);
    await world.created();
    expect(world.subject.state.kind).toBe('live');
  });

  it('reports when an outage turns into a refusal, and since when the snapshot is stale', async () => {
    await world.created();
    world.failure = unavailable();
    world.wire().end(silent());
    await world.clock.advance(2_000);
    const { state: before } = world.subject;
    world.failure = new EtcdFailure('refused', 'etcdserver: permission denied');
    await world.clock.advance(2_000);
    expect(world.subject.state).toMatchObject({
      kind: 'stale',
      since: before.kind === 'stale' && before.since,
      error: expect.any(RegistryRefusedError),
    });
  });

  it('sets no timer and opens nothing once closed', async () => {
    await world.created();
    world.watch.close();
    await world.clock.advance(0);
    expect(world.wire().over).toBe(true);
    world.session.close();
    expect(world.clock.pending).toBe(0);
  });
});

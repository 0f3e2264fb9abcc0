import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_LIMITS } from '../limits.js';
import { RegistryRefusedError } from '../errors/registry-errors.js';
import { anInstance } from '../spec/instances.js';
import { FakeClock } from '../spec/fake-clock.js';
import { FakeConnection, silent, unavailable } from '../spec/fake-etcd.js';
import { RecordedLogger } from '../spec/recorded-logger.js';
import { WatchSubject } from '../watch-subject.js';
import { overriddenSnapshot } from '../overrides/overridden-snapshot.js';
import { NO_LISTS, type OverridesDescription } from '../registry-description.js';
import type { Snapshot, WatchState } from '../watcher.js';
import type { KeyValue, WatchEvent } from './etcd-connection.js';
import { EtcdFailure } from './etcd-failure.js';
import { EtcdSession } from './etcd-session.js';
import type { ServiceOverrides } from './overrides-watch.js';
import { ServiceWatch } from './service-watch.js';
import { WatchHub } from './watch-hub.js';

const PREFIX = '/discovery/instances/greeter/';

function entry(id: string, modRevision: bigint): KeyValue {
  return { key: PREFIX + id, value: Buffer.from(JSON.stringify(anInstance({ id }))), modRevision };
}
const put = (id: string, revision: bigint): WatchEvent => ({ kind: 'put', ...entry(id, revision) });
const del = (id: string, modRevision: bigint): WatchEvent => ({
  kind: 'delete',
  key: PREFIX + id,
  value: Buffer.alloc(0),
  modRevision,
});

/** Weights that a spec sets. */
class ScriptedOverrides implements ServiceOverrides {
  settled = true;
  weights = new Map<string, number>();

  apply(snapshot: Snapshot): Snapshot {
    return overriddenSnapshot(snapshot, this.weights, 0n);
  }

  describe(): OverridesDescription {
    return { state: 'live', set: 0, events: 0, lists: NO_LISTS, brokenEntries: 0 };
  }

  close(): void {
    this.settled = false;
  }
}

describe('ServiceWatch', () => {
  let clock: FakeClock;
  let logger: RecordedLogger;
  let opened: FakeConnection[];
  let store: { revision: bigint; epoch: string; kvs: KeyValue[] };
  let failure: EtcdFailure | undefined;
  let subject: WatchSubject<WatchState>;
  let overrides: ScriptedOverrides;
  let watch: ServiceWatch;
  let session: EtcdSession;

  beforeEach(async () => {
    clock = new FakeClock();
    logger = new RecordedLogger();
    opened = [];
    store = { revision: 10n, epoch: 'e1', kvs: [entry('a', 5n)] };
    failure = undefined;
    overrides = new ScriptedOverrides();
    const random = () => 0.5;
    const probeKey = '/discovery/epoch';
    session = new EtcdSession({ hosts: ['h'], probeKey, connect, clock, random, logger });
    const hub = new WatchHub(session, probeKey, clock);
    subject = new WatchSubject(
      'greeter',
      PREFIX,
      () => undefined,
      () => undefined,
    );
    watch = new ServiceWatch(
      subject,
      {
        session,
        hub,
        clock,
        random,
        logger,
        namespace: 'discovery',
        createEpoch: () => 'e1',
        limits: DEFAULT_LIMITS,
      },
      overrides,
    );
    await clock.advance(0);
  });
  afterEach(() => {
    watch.close();
    session.close();
  });

  function connect(host: string): FakeConnection {
    const connection = new FakeConnection(host);
    connection.answerTxn = () => {
      if (failure) throw failure;
      const { revision, epoch, kvs } = store;
      const epochs = [{ key: 'epoch', value: Buffer.from(epoch), modRevision: 1n }];
      const page = { revision, more: false };
      return {
        revision,
        succeeded: true,
        ranges: [
          { ...page, kvs: epochs },
          { ...page, kvs },
        ],
      };
    };
    connection.answerRange = () => {
      if (failure) throw failure;
      return { revision: store.revision, kvs: store.kvs, more: false };
    };
    opened.push(connection);
    return connection;
  }

  const streams = () => opened.flatMap(({ watches }) => watches);
  const wire = () => streams().at(-1)!;
  const lists = () => opened.reduce((sum, each) => sum + each.count('txn'), 0);
  const ids = (state: WatchState = subject.state) =>
    'snapshot' in state ? state.snapshot.instances.map(({ id }) => id) : undefined;
  const created = async (revision = store.revision) => {
    wire().answer({ created: true, watchId: '1', revision });
    await clock.advance(0);
  };
  /** More than five, on a stream that lives. */
  const minutesPass = async () => {
    for (let i = 0; i < 170; i++) {
      await clock.advance(2_000);
      wire().answer({ watchId: '-1' });
    }
  };
  const events = (...list: WatchEvent[]) => wire().answer({ watchId: '1', events: list });

  it('watches from the revision behind its list, and is live once the watch stands', async () => {
    expect(wire().creates).toEqual([
      { range: { key: PREFIX, rangeEnd: `${PREFIX.slice(0, -1)}0` }, start: 11n },
    ]);
    expect(subject.state.kind).toBe('pending');
    await created();
    expect(subject.state.kind).toBe('live');
    expect(ids()).toEqual(['a']);
  });

  it('is pending until it is known what is set from outside, then live with it at once', async () => {
    overrides.settled = false;
    await created();
    expect(subject.state.kind).toBe('pending');
    overrides.settled = true;
    overrides.weights.set('a', 7);
    watch.overridesChanged();
    expect(subject.state).toMatchObject({ snapshot: { instances: [{ id: 'a', weight: 7 }] } });
  });

  it('applies puts and deletes and tells their revision', async () => {
    await created();
    events(put('b', 11n), del('a', 12n));
    expect(ids()).toEqual(['b']);
    expect(subject.state).toMatchObject({ snapshot: { revision: '12' } });
  });

  it('takes up a cut stream at the revision behind its last event and lists within 1 s', async () => {
    await created();
    events(put('b', 15n));
    wire().end(unavailable());
    await clock.advance(150);
    expect(wire().creates[0]?.start).toBe(16n);
    expect(subject.state.kind).toBe('live');
    store = { ...store, revision: 15n, kvs: [entry('a', 5n), entry('b', 15n)] };
    await created(15n);
    expect(lists()).toBe(1);
    await clock.advance(1_000);
    expect(lists()).toBe(2);
    expect(ids()).toEqual(['a', 'b']);
  });

  it('lists again when its revision was compacted', async () => {
    await created();
    wire().end(unavailable());
    await clock.advance(150);
    store = { revision: 30n, epoch: 'e1', kvs: [entry('c', 25n)] };
    await created(30n);
    wire().answer({ watchId: '1', canceled: true, compactRevision: 28n });
    await clock.advance(0);
    expect(wire().creates.at(-1)?.start).toBe(31n);
    await created();
    expect(ids()).toEqual(['c']);
    expect(watch.statistics().lists).toEqual({ ...NO_LISTS, start: 1, compacted: 1 });
  });

  it('counts its lists by their reason, and events that were new', async () => {
    await created();
    events(put('b', 11n), put('c', 12n));
    events(put('c', 12n));
    store = { revision: 12n, epoch: 'e1', kvs: [entry('b', 11n), entry('c', 12n)] };
    await minutesPass();
    wire().end(unavailable());
    await clock.advance(150);
    await created();
    await clock.advance(1_000);
    wire().end(silent());
    await clock.advance(1_000);
    const { events: count, lists } = watch.statistics();
    expect(count).toBe(2);
    expect(lists).toEqual({ start: 1, periodic: 1, resumed: 1, compacted: 0, failed: 1 });
  });

  it('lists at once when the store is behind it, and watches the new one from its start', async () => {
    await created();
    wire().end(unavailable());
    await clock.advance(150);
    store = { revision: 3n, epoch: 'e2', kvs: [entry('z', 2n)] };
    await created(3n);
    await clock.advance(0);
    expect(ids()).toEqual(['a', 'z']);
    expect(wire().creates.at(-1)?.start).toBe(4n);
  });

  describe('when the store was replaced by one that is empty', () => {
    beforeEach(async () => {
      await created();
      events(put('b', 11n));
      wire().end(unavailable());
      await clock.advance(150);
      store = { revision: 1n, epoch: 'e2', kvs: [] };
      await created(1n);
      await clock.advance(0);
      await created(1n);
    });

    it('keeps its instances for 1.5 s, in which those that live register again', async () => {
      expect(ids()).toEqual(['a', 'b']);
      store = { revision: 2n, epoch: 'e2', kvs: [entry('a', 2n)] };
      events(put('a', 2n));
      await clock.advance(1_499);
      expect(ids()).toEqual(['a', 'b']);
      await clock.advance(1);
      expect(ids()).toEqual(['a']);
    });

    it('lets go at once of an instance that registers and then leaves', () => {
      events(put('a', 2n));
      events(del('a', 3n));
      expect(ids()).toEqual(['b']);
    });

    it('leaves no timer behind when it is closed', () => {
      const before = clock.pending;
      watch.close();
      expect(clock.pending).toBeLessThan(before);
    });
  });

  it('replaces everything when the epoch changed, though no revision tells', async () => {
    await created();
    wire().end(unavailable());
    await clock.advance(150);
    // The same key at the same revision, with another value.
    const other = Buffer.from(JSON.stringify(anInstance({ id: 'a', version: '2.0.0' })));
    store = { revision: 40n, epoch: 'e2', kvs: [{ ...entry('a', 5n), value: other }] };
    await created(40n);
    await clock.advance(1_000);
    expect(subject.state).toMatchObject({ snapshot: { instances: [{ version: '2.0.0' }] } });
    expect(wire().creates.at(-1)?.start).toBe(41n);
  });

  it('keeps events that overtake a list, and skips those that the list holds', async () => {
    await created();
    wire().end(unavailable());
    await clock.advance(150);
    await created();
    const [connection] = opened.slice(-1);
    const answer = connection?.answerTxn;
    if (connection && answer) {
      connection.answerTxn = (request) => {
        events(put('late', 21n));
        return answer(request);
      };
    }
    store = { revision: 20n, epoch: 'e1', kvs: [entry('a', 5n), entry('b', 20n)] };
    await clock.advance(1_000);
    expect(ids()).toEqual(['a', 'b', 'late']);
    events(del('b', 19n));
    expect(ids()).toEqual(['a', 'b', 'late']);
  });

  it('compares its view with the store every 5 min and tells only of differences', async () => {
    await created();
    const before = subject.state;
    await minutesPass();
    expect(lists()).toBe(2);
    expect(subject.state).toBe(before);
    store.kvs = [];
    await minutesPass();
    expect(lists()).toBe(3);
    expect(ids()).toEqual([]);
  });

  it('is stale, with its last view, as soon as the stream is found silent', async () => {
    await created();
    failure = unavailable();
    wire().end(silent());
    await clock.advance(0);
    expect(subject.state).toMatchObject({
      kind: 'stale',
      error: { name: 'RegistryUnreachableError' },
    });
    const { state } = subject;
    await clock.advance(60_000);
    expect(subject.state).toBe(state);
    expect(ids()).toEqual(['a']);
    failure = undefined;
    await clock.advance(1_500);
    await created();
    expect(subject.state.kind).toBe('live');
  });

  it('is confirmed by each answer on its stream and each list, and grows old while there is none', async () => {
    expect(watch.stalenessMs()).toBe(0);
    await created();
    for (let i = 0; i < 5; i++) {
      await clock.advance(2_000);
      expect(watch.stalenessMs()).toBe(2_000);
      wire().answer({ watchId: '-1' });
      expect(watch.stalenessMs()).toBe(0);
    }
    await clock.advance(700);
    failure = unavailable();
    wire().end(silent());
    await clock.advance(60_000);
    expect(watch.stalenessMs()).toBe(60_700);
    failure = undefined;
    await clock.advance(1_500);
    await created();
    expect(subject.state.kind).toBe('live');
    expect(watch.stalenessMs()).toBeLessThan(1_500);
  });

  it('tells a refusal once, tries at long intervals and gets well', async () => {
    await created();
    failure = new EtcdFailure('refused', 'etcdserver: permission denied');
    wire().end(failure);
    await clock.advance(120_000);
    expect(subject.state).toMatchObject({ kind: 'stale', error: expect.any(RegistryRefusedError) });
    expect(logger.lines.filter((line) => line.includes('refuses'))).toHaveLength(1);
    expect(opened.reduce((sum, each) => sum + each.calls.length, 0)).toBeLessThan(25);
    failure = undefined;
    const before = streams().length;
    for (let i = 0; i < 300 && streams().length === before; i++) await clock.advance(100);
    await created();
    expect(subject.state.kind).toBe('live');
  });

  it('tells when an outage turns into a refusal, and since when the view is stale', async () => {
    await created();
    failure = unavailable();
    wire().end(silent());
    await clock.advance(2_000);
    const { state: before } = subject;
    failure = new EtcdFailure('refused', 'etcdserver: permission denied');
    await clock.advance(2_000);
    expect(subject.state).toMatchObject({
      kind: 'stale',
      since: before.kind === 'stale' && before.since,
      error: expect.any(RegistryRefusedError),
    });
  });

  it('sets no timer and opens nothing once closed', async () => {
    await created();
    watch.close();
    await clock.advance(0);
    expect(wire().over).toBe(true);
    expect(clock.pending).toBe(0);
  });
});

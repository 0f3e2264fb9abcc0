import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@grpc-discovery/test-support';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '../spec/fake-clock.js';
import { anInstance } from '../spec/instances.js';
import { RecordedLogger } from '../spec/recorded-logger.js';
import type { DescribedWatcher } from '../subjects/describe-watch.js';
import {
  NO_LISTS,
  type ServiceDescription,
  type ServicesDescription,
} from '../registry-description.js';
import type {
  ServicesListener,
  ServicesState,
  ServicesWatch,
  Snapshot,
  Watch,
  WatchListener,
  WatchState,
} from '../watcher.js';
import { SnapshotFile } from './snapshot-file.js';
import { SnapshotWatcher } from './snapshot-watcher.js';

const DAY_MS = 24 * 60 * 60 * 1_000;
const SOURCE = 'source of greeter';

/** A watcher that tells what a spec says. */
class ScriptedWatcher implements DescribedWatcher {
  private listener: WatchListener = () => undefined;
  state: WatchState = { kind: 'pending' };
  servicesListener: ServicesListener = () => undefined;

  watchServices(listener: ServicesListener): ServicesWatch {
    this.servicesListener = listener;
    const close = () => void (this.servicesListener = () => undefined);
    return { source: SOURCE, state: { kind: 'pending' }, stalenessMs: () => 7, close };
  }

  describeServices(): ServicesDescription | undefined {
    return undefined;
  }

  watch(service: string, listener: WatchListener): Watch {
    this.listener = listener;
    const close = () => void (this.listener = () => undefined);
    return { service, source: SOURCE, state: this.state, stalenessMs: () => 7, close };
  }

  describe(): ServiceDescription[] {
    const told = { state: this.state.kind, stalenessMs: 7, instances: 0, revision: undefined };
    const counted = { events: 3, lists: NO_LISTS, brokenEntries: 1 };
    const overrides = { state: 'live', set: 0, ...counted } as const;
    return [{ service: 'greeter', source: SOURCE, ...told, ...counted, overrides }];
  }

  tell(state: WatchState): void {
    this.listener(state);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const snapshotOf = (...ids: string[]): Snapshot => ({
  service: 'greeter',
  instances: ids.map((id) => anInstance({ id })),
  revision: '7',
});
const live = (...ids: string[]): WatchState => ({ kind: 'live', snapshot: snapshotOf(...ids) });
const unavailable: WatchState & { kind: 'unavailable' } = {
  kind: 'unavailable',
  error: new Error('etcd is down'),
};

describe('SnapshotWatcher', () => {
  let directory: string;
  let clock: FakeClock;
  let logger: RecordedLogger;
  let inner: ScriptedWatcher;
  let watcher: SnapshotWatcher;
  let file: SnapshotFile;
  let watch: Watch;
  let states: WatchState[];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'snapshots-'));
    clock = new FakeClock();
    file = new SnapshotFile(directory, 'greeter', SOURCE);
    start();
  });
  afterEach(async () => {
    await watcher.close();
    rmSync(directory, { recursive: true });
  });

  function start(): void {
    logger = new RecordedLogger();
    inner = new ScriptedWatcher();
    const parts = { clock, logger, directory, maxAgeMs: DAY_MS };
    watcher = new SnapshotWatcher(inner, (service) => `source of ${service}`, parts);
    states = [];
    watch = watcher.watch('greeter', (state) => states.push(state));
  }
  const told = (kind: WatchState['kind']) =>
    until(`it is ${kind}`, () => states.at(-1)?.kind === kind);
  const ids = () => {
    const { state } = watch;
    return 'snapshot' in state ? state.snapshot.instances.map(({ id }) => id) : undefined;
  };
  const written = (...wanted: string[]) =>
    until('it is written', async () => {
      const saved = await file.read();
      return saved?.snapshot.instances.map(({ id }) => id).join() === wanted.join();
    });

  it('delivers the content of the file, stale since its time, when the first try has failed', async () => {
    await file.write(snapshotOf('a'), clock.date());
    await clock.advance(500);
    inner.tell(unavailable);
    await told('stale');
    expect(states).toEqual([
      {
        kind: 'stale',
        snapshot: snapshotOf('a'),
        since: new Date(0),
        error: new Error('etcd is down'),
      },
    ]);
    expect(watch.stalenessMs()).toBe(500);
    expect(watcher.describe()).toMatchObject([
      { state: 'stale', instances: 1, stalenessMs: 500, events: 3, brokenEntries: 1 },
    ]);
    expect(logger.lines).toHaveLength(1);
  });

  it('does so after 1 s without any answer', async () => {
    await file.write(snapshotOf('a'), clock.date());
    await clock.advance(999);
    expect(watch.state.kind).toBe('pending');
    await clock.advance(1);
    await told('stale');
    expect(watch.state).toMatchObject({ error: { name: 'RegistryLateError' } });
  });

  it('delivers the state of the registry as soon as there is one, and the file never again', async () => {
    await file.write(snapshotOf('a'), clock.date());
    inner.tell(unavailable);
    await told('stale');
    inner.tell(live('b'));
    await told('live');
    expect(ids()).toEqual(['b']);
    expect(watch.stalenessMs()).toBe(7);
    const since = new Date(1);
    inner.tell({ kind: 'stale', snapshot: snapshotOf('b'), since, error: new Error('away') });
    await told('stale');
    expect(ids()).toEqual(['b']);
  });

  it('does not read the file when the registry answers in time', async () => {
    await file.write(snapshotOf('a'), clock.date());
    inner.tell(live('b'));
    await clock.advance(2_000);
    expect(states.map(({ kind }) => kind)).toEqual(['live']);
  });

  it.each([
    ['is missing', () => Promise.resolve(), 0],
    ['is older than allowed', () => file.write(snapshotOf('a'), new Date(-DAY_MS - 1)), 1],
    ['is from the future', () => file.write(snapshotOf('a'), new Date(DAY_MS + 1)), 1],
    ['has no instance', () => file.write(snapshotOf(), clock.date()), 0],
    ['is broken', () => Promise.resolve(writeFileSync(file.path, '{')), 1],
  ])(
    'tells that the registry is unavailable, and warns at most once, when the file %s',
    async (_, prepare, warnings) => {
      await prepare();
      inner.tell(unavailable);
      await told('unavailable');
      inner.tell({ kind: 'unavailable', error: new Error('refused') });
      await until('the second is notified', () => states.length === 2);
      expect(logger.lines.filter((line) => line.startsWith('warn'))).toHaveLength(warnings);
    },
  );

  it('writes after a change, the newest of many, and not before 2 s have passed', async () => {
    for (const id of ['a', 'b', 'c']) inner.tell(live(id));
    await clock.advance(1_999);
    expect(existsSync(file.path)).toBe(false);
    await clock.advance(1);
    await written('c');
    inner.tell(live('d'));
    await clock.advance(2_000);
    await written('d');
    expect(logger.lines).toEqual([]);
  });

  it('writes again, though nothing changes, before the file gets too old', async () => {
    inner.tell(live('a'));
    await clock.advance(2_000);
    await written('a');
    await until('the next write is due', () => clock.pending === 1);
    await clock.advance(DAY_MS / 4);
    await until(
      'it is written again',
      async () => (await file.read())?.savedAt.getTime() === 2_000 + DAY_MS / 4,
    );
    expect((await file.read())?.snapshot).toEqual(snapshotOf('a'));
  });

  it('writes what is not written yet when it is closed', async () => {
    inner.tell(live('a'));
    await watcher.close();
    expect((await file.read())?.snapshot).toEqual(snapshotOf('a'));
    expect(clock.pending).toBe(0);
  });

  describe('where processes have died while they wrote', () => {
    const HOUR_MS = 60 * 60 * 1_000;
    const temporary = (path: string) => `${path}.${randomUUID()}.tmp`;
    const other = () => new SnapshotFile(directory, 'orders', 'source of orders').path;

    it.each([
      ['removes the one of the same service', () => temporary(file.path), HOUR_MS + 1, []],
      ['removes the one of another service', () => temporary(other()), HOUR_MS + 1, []],
      ['keeps one that may still be written', () => temporary(file.path), HOUR_MS, ['it']],
      ['keeps one that looks younger than now', () => temporary(file.path), -HOUR_MS, ['it']],
      ['keeps a snapshot', () => other(), HOUR_MS + 1, ['it']],
      ['keeps a foreign file', () => join(directory, `a.${randomUUID()}.tmp`), HOUR_MS + 1, ['it']],
    ])('%s when a watch starts', async (_, path, ageMs, left) => {
      const it = path();
      writeFileSync(it, 'half of a snap');
      utimesSync(it, clock.date(), new Date(clock.date().getTime() - ageMs));
      watcher.watch('gateway', () => undefined);
      await watcher.close();
      expect(readdirSync(directory).map((name) => join(directory, name) === it && 'it')).toEqual(
        left,
      );
      expect(logger.lines).toEqual([]);
    });

    it('says nothing of what it can not remove', async () => {
      const it = temporary(file.path);
      mkdirSync(it);
      utimesSync(it, clock.date(), new Date(-HOUR_MS - 1));
      watcher.watch('gateway', () => undefined);
      await watcher.close();
      expect(existsSync(it)).toBe(true);
      expect(logger.lines).toEqual([]);
    });
  });

  it('never writes what it has read', async () => {
    await file.write(snapshotOf('a'), clock.date());
    inner.tell(unavailable);
    await told('stale');
    await clock.advance(DAY_MS);
    await watcher.close();
    expect((await file.read())?.savedAt).toEqual(new Date(0));
  });

  it('warns once of a directory that can not be written to, and goes on', async () => {
    await watcher.close();
    writeFileSync(join(directory, 'taken'), '');
    directory = join(directory, 'taken');
    start();
    for (const id of ['a', 'b', 'c']) {
      inner.tell(live(id));
      await clock.advance(3_000);
      await until('the write is over', () => clock.pending === 1);
    }
    expect(ids()).toEqual(['c']);
    expect(logger.lines.filter((line) => line.startsWith('warn'))).toHaveLength(1);
    directory = join(directory, '..');
  });

  it('passes the watch of all services on as it is, whatever is on disk', async () => {
    await file.write(snapshotOf('a'), clock.date());
    const told: ServicesState[] = [];
    const all = watcher.watchServices((state) => told.push(state));
    await clock.advance(60_000);
    expect(told).toEqual([]);
    inner.servicesListener(unavailable);
    expect(told).toEqual([unavailable]);
    all.close();
    inner.servicesListener(unavailable);
    expect(told).toHaveLength(1);
  });
});

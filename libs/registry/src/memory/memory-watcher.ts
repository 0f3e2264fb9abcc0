import {
  NO_LISTS,
  type OverridesDescription,
  type ServiceDescription,
  type ServicesDescription,
  type WatchStatistics,
} from '../registry-description.js';
import {
  liveState,
  ServicesSnapshots,
  type SubjectKeeper,
  WatchSubjects,
} from '../subjects/watch-subjects.js';
import {
  type DescribedWatcher,
  describeServices,
  describeSnapshot,
} from '../subjects/describe-watch.js';
import type {
  ServicesListener,
  ServicesState,
  ServicesWatch,
  Snapshot,
  Watch,
  WatchListener,
  WatchState,
} from '../watcher.js';
import type { MemoryStore } from './memory-store.js';

/** Keeps the subject of one service, or of all, fresh from the store of this process. */
export class MemoryWatch implements SubjectKeeper {
  private events = 0;
  private hasPublished = false;
  private readonly stop: () => void;

  /**
   * @param onChange Calls its listener at each change of the subject; returns a function that stops it.
   * @param update Sets the state of the subject from the store.
   */
  constructor(
    onChange: (listener: () => void) => () => void,
    private readonly update: () => void,
  ) {
    queueMicrotask(() => this.publish());
    this.stop = onChange(() => {
      this.events++;
      this.publish();
    });
  }

  /** The same memory is never stale. */
  stalenessMs(): number | undefined {
    return this.hasPublished ? 0 : undefined;
  }

  /** Nothing is ever listed. */
  statistics(): WatchStatistics {
    return { events: this.events, lists: NO_LISTS, brokenEntries: 0 };
  }

  close(): void {
    this.stop();
  }

  private publish(): void {
    this.hasPublished = true;
    this.update();
  }
}

/** The watcher's port in memory. */
export class MemoryWatcher implements DescribedWatcher {
  private readonly subjects: WatchSubjects<WatchState, MemoryWatch>;
  private readonly all: WatchSubjects<ServicesState, MemoryWatch>;

  constructor(private readonly store: MemoryStore) {
    const onListenerError = () => undefined;
    this.subjects = new WatchSubjects({
      sourceOf: (service) => `memory:${service}/`,
      start: (subject) => {
        const { service } = subject;
        const snapshot = () => store.snapshot(service);
        return new MemoryWatch(
          (listener) =>
            store.onChange((changed) => {
              if (changed === service) listener();
            }),
          () => subject.set(liveState(snapshot)),
        );
      },
      onListenerError,
    });
    this.all = new WatchSubjects({
      sourceOf: () => 'memory:',
      start: (subject) => {
        const kept = new Map<string, Snapshot>();
        const whole = new ServicesSnapshots();
        return new MemoryWatch(
          (listener) =>
            store.onChange((changed) => {
              kept.delete(changed);
              listener();
            }),
          () => subject.set(liveState(() => whole.of(snapshotsOf(store, kept), store.revision))),
        );
      },
      onListenerError,
    });
  }

  watch(service: string, listener: WatchListener): Watch {
    return this.subjects.watch(service, listener);
  }

  watchServices(listener: ServicesListener): ServicesWatch {
    return this.all.watchAll(listener);
  }

  describe(): ServiceDescription[] {
    return this.subjects.map((subject, watch) => {
      const { size } = this.store.overrides(subject.service);
      return { ...describeSnapshot(subject), ...watch.statistics(), overrides: live(size) };
    });
  }

  describeServices(): ServicesDescription | undefined {
    const overrides = live(this.store.overridesSet);
    return this.all.map((subject, watch) =>
      describeServices(subject, { ...watch.statistics(), overrides }),
    )[0];
  }

  close(): Promise<void> {
    this.subjects.close();
    this.all.close();
    return Promise.resolve();
  }
}

/** The snapshot of each service, in order of name: from the cache, or built and cached. */
function* snapshotsOf(store: MemoryStore, kept: Map<string, Snapshot>): Generator<Snapshot> {
  for (const service of store.registeredServices()) {
    const snapshot = kept.get(service) ?? store.snapshot(service);
    kept.set(service, snapshot);
    yield snapshot;
  }
}

/** Overrides in the same memory are always live. */
function live(set: number): OverridesDescription {
  return { state: 'live', set, events: 0, lists: NO_LISTS, brokenEntries: 0 };
}

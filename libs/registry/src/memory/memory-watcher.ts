import { describeSnapshot, type DescribedWatcher } from '../describe-watch.js';
import { NO_LISTS, type ServiceDescription } from '../registry-description.js';
import type { Watch, WatchListener, WatchState } from '../watcher.js';
import { liveState } from '../live-state.js';
import { WatchSubjects } from '../watch-subjects.js';
import type { MemoryStore } from './memory-store.js';
import { MemoryWatch } from './memory-watch.js';

/** The watcher's port in memory. */
export class MemoryWatcher implements DescribedWatcher {
  private readonly subjects: WatchSubjects<WatchState, MemoryWatch>;

  constructor(private readonly store: MemoryStore) {
    this.subjects = new WatchSubjects({
      sourceOf: (service) => `memory:${service}/`,
      start: ({ service }) =>
        new MemoryWatch(
          service,
          (listener) => store.onChange(listener),
          () => this.publish(service),
        ),
      onListenerError: () => undefined,
    });
  }

  watch(service: string, listener: WatchListener): Watch {
    return this.subjects.watch(service, listener);
  }

  describe(): ServiceDescription[] {
    return this.subjects.map((subject, watch) => {
      const set = this.store.overrides(subject.service).size;
      const overrides = {
        state: 'live',
        set,
        events: 0,
        lists: NO_LISTS,
        brokenEntries: 0,
      } as const;
      return { ...describeSnapshot(subject), ...watch.statistics(), overrides };
    });
  }

  close(): Promise<void> {
    this.subjects.close();
    return Promise.resolve();
  }

  private publish(service: string): void {
    this.subjects.get(service)?.set(liveState(() => this.store.snapshot(service)));
  }
}

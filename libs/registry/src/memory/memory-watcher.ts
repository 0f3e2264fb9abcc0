import type { Watch, Watcher, WatchListener, WatchState } from '../watcher.js';
import { WatchSubjects } from '../watch-subjects.js';
import type { MemoryStore } from './memory-store.js';

/** The watcher's port in memory. */
export class MemoryWatcher implements Watcher {
  private readonly subjects: WatchSubjects<WatchState>;

  constructor(private readonly store: MemoryStore) {
    this.subjects = new WatchSubjects({
      sourceOf: (service) => `memory:${service}/`,
      start: ({ service }) => {
        queueMicrotask(() => this.publish(service));
        const stop = store.onChange((changed) => {
          if (changed === service) this.publish(service);
        });
        return { close: stop, stalenessMs: () => this.stalenessMs(service) };
      },
      onListenerError: () => undefined,
    });
  }

  watch(service: string, listener: WatchListener): Watch {
    return this.subjects.watch(service, listener);
  }

  close(): Promise<void> {
    this.subjects.close();
    return Promise.resolve();
  }

  /** What stands in the same memory is never old. */
  private stalenessMs(service: string): number | undefined {
    return this.subjects.get(service)?.state.kind === 'live' ? 0 : undefined;
  }

  private publish(service: string): void {
    this.subjects.get(service)?.set({ kind: 'live', snapshot: this.store.snapshot(service) });
  }
}

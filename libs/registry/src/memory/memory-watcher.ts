import { RegistryClosedError } from '../errors/registry-errors.js';
import { assertServiceName } from '../instance/service-name.js';
import { WatchSubject } from '../watch-subject.js';
import type { Watch, Watcher, WatchListener } from '../watcher.js';
import type { MemoryStore } from './memory-store.js';

/** The watcher's port in memory. */
export class MemoryWatcher implements Watcher {
  private readonly subjects = new Map<string, WatchSubject>();
  private stop: (() => void) | undefined;
  private closed = false;

  constructor(private readonly store: MemoryStore) {}

  watch(service: string, listener: WatchListener): Watch {
    assertServiceName(service);
    if (this.closed) throw new RegistryClosedError(service);
    this.stop ??= this.store.onChange((changed) => this.publish(changed));
    return (this.subjects.get(service) ?? this.create(service)).listen(listener);
  }

  close(): Promise<void> {
    this.closed = true;
    this.stop?.();
    for (const subject of [...this.subjects.values()]) subject.closeAll();
    return Promise.resolve();
  }

  private create(service: string): WatchSubject {
    const subject = new WatchSubject(
      service,
      `memory:${service}/`,
      () => this.subjects.delete(service),
      () => undefined,
    );
    this.subjects.set(service, subject);
    queueMicrotask(() => this.publish(service));
    return subject;
  }

  private publish(service: string): void {
    this.subjects.get(service)?.set({ kind: 'live', snapshot: this.store.snapshot(service) });
  }
}

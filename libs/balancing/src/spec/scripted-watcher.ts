import type {
  ServiceInstance,
  Watch,
  WatchListener,
  WatchState,
  Watcher,
} from '@grpc-discovery/registry';

/** A scripted watcher: the test delivers the states of the registry. */
export class ScriptedWatcher implements Pick<Watcher, 'watch' | 'close'> {
  state: WatchState = { kind: 'pending' };
  private readonly listeners = new Set<WatchListener>();
  private revision = 0;
  /** What listeners have thrown. */
  readonly failures: unknown[] = [];

  /** How many watches are open. */
  get watches(): number {
    return this.listeners.size;
  }

  watch(service: string, listener: WatchListener): Watch {
    this.listeners.add(listener);
    if (this.state.kind !== 'pending') {
      // Not queueMicrotask: fake timers hold it back.
      const deliver = () => this.listeners.has(listener) && listener(this.state);
      Promise.resolve()
        .then(deliver)
        .catch((error: unknown) => this.failures.push(error));
    }
    const { state } = this;
    const source = `/discovery/instances/${service}/`;
    const close = () => void this.listeners.delete(listener);
    return { service, source, state, stalenessMs: () => 0, close };
  }

  close(): Promise<void> {
    this.listeners.clear();
    return Promise.resolve();
  }

  deliver(state: WatchState): void {
    this.state = state;
    for (const listener of this.listeners) listener(state);
  }

  live(...instances: ServiceInstance[]): void {
    this.deliver({ kind: 'live', snapshot: this.snapshot(instances) });
  }

  stale(...instances: ServiceInstance[]): void {
    const since = new Date('2026-01-01T00:00:00.000Z');
    const error = new Error('etcd is unreachable');
    this.deliver({ kind: 'stale', snapshot: this.snapshot(instances), since, error });
  }

  unavailable(message: string): void {
    this.deliver({ kind: 'unavailable', error: new Error(message) });
  }

  private snapshot(instances: ServiceInstance[]) {
    return { service: 'greeter', instances, revision: String(++this.revision) };
  }
}

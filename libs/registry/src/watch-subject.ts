import type { Watch, WatchListener, WatchState } from './watcher.js';

/** The state of one watched service and those who listen to it. Listeners are called from a microtask, never inside a call of theirs. */
export class WatchSubject {
  private readonly watches = new Set<ListeningWatch>();
  private current: WatchState = { kind: 'pending' };
  private scheduled = false;

  /**
   * @param onIdle Called when the last watch was closed.
   * @param onListenerError Called with what a listener threw; the other listeners are served on.
   */
  constructor(
    readonly service: string,
    readonly source: string,
    private readonly onIdle: () => void,
    private readonly onListenerError: (error: unknown) => void,
  ) {}

  get state(): WatchState {
    return this.current;
  }

  set(state: WatchState): void {
    this.current = state;
    this.schedule();
  }

  listen(listener: WatchListener): Watch {
    const watch = new ListeningWatch(this, listener, () => this.remove(watch));
    this.watches.add(watch);
    this.schedule();
    return watch;
  }

  /** Closes every watch. */
  closeAll(): void {
    for (const watch of [...this.watches]) watch.close();
  }

  private remove(watch: ListeningWatch): void {
    if (this.watches.delete(watch) && this.watches.size === 0) this.onIdle();
  }

  private schedule(): void {
    if (this.scheduled || this.current.kind === 'pending') return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      for (const watch of [...this.watches]) {
        try {
          watch.deliver(this.current);
        } catch (error) {
          this.onListenerError(error);
        }
      }
    });
  }
}

class ListeningWatch implements Watch {
  private closed = false;
  private delivered: WatchState | undefined;

  constructor(
    private readonly subject: WatchSubject,
    private readonly listener: WatchListener,
    private readonly onClose: () => void,
  ) {}

  get service(): string {
    return this.subject.service;
  }

  get source(): string {
    return this.subject.source;
  }

  get state(): WatchState {
    return this.subject.state;
  }

  deliver(state: WatchState): void {
    if (this.closed || state === this.delivered) return;
    this.delivered = state;
    this.listener(state);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.onClose();
  }
}

interface Tagged {
  readonly kind: string;
}

/** Before the first state. */
interface Pending {
  readonly kind: 'pending';
}

const PENDING: Pending = { kind: 'pending' };

/** What a listener holds of its watch. */
export interface SubjectWatch<State extends Tagged> {
  readonly service: string;
  readonly source: string;
  readonly state: State | Pending;
  /** How long ago, in milliseconds, the state was confirmed last; undefined when it never was. */
  stalenessMs(): number | undefined;
  close(): void;
}

/** What keeps the state of a subject fresh. */
export interface SubjectKeeper {
  stalenessMs(): number | undefined;
  close(): void;
}

/** The state of one watched service and those who listen to it. Listeners are called from a microtask, never inside a call of theirs. */
export class WatchSubject<State extends Tagged> {
  private readonly watches = new Set<ListeningWatch<State>>();
  private current: State | undefined;
  private scheduled = false;
  private keeper: SubjectKeeper | undefined;

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

  get state(): State | Pending {
    return this.current ?? PENDING;
  }

  stalenessMs(): number | undefined {
    return this.keeper?.stalenessMs();
  }

  keptBy(keeper: SubjectKeeper): void {
    this.keeper = keeper;
  }

  set(state: State): void {
    this.current = state;
    this.schedule();
  }

  listen(listener: (state: State) => void): SubjectWatch<State> {
    const onClose = () => this.remove(watch);
    const watch = new ListeningWatch<State>(this, listener, onClose);
    this.watches.add(watch);
    this.schedule();
    return watch;
  }

  /** Closes every watch. */
  closeAll(): void {
    for (const watch of [...this.watches]) watch.close();
  }

  private remove(watch: ListeningWatch<State>): void {
    if (this.watches.delete(watch) && this.watches.size === 0) this.onIdle();
  }

  private schedule(): void {
    if (this.scheduled || this.current === undefined) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      for (const watch of [...this.watches]) {
        try {
          if (this.current !== undefined) watch.deliver(this.current);
        } catch (error) {
          this.onListenerError(error);
        }
      }
    });
  }
}

class ListeningWatch<State extends Tagged> implements SubjectWatch<State> {
  private closed = false;
  private delivered: State | undefined;

  constructor(
    private readonly subject: WatchSubject<State>,
    private readonly listener: (state: State) => void,
    private readonly onClose: () => void,
  ) {}

  get service(): string {
    return this.subject.service;
  }

  get source(): string {
    return this.subject.source;
  }

  get state(): State | Pending {
    return this.subject.state;
  }

  stalenessMs(): number | undefined {
    return this.subject.stalenessMs();
  }

  deliver(state: State): void {
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

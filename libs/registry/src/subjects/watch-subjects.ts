import { RegistryClosedError } from '../errors/registry-errors.js';
import { assertServiceName } from '../instance/assert-instance.js';
import type { ServicesSnapshot, Snapshot, WatchStateOf } from '../watcher.js';

export interface WatchSubjectsOptions<
  State extends { readonly kind: string },
  Keeper extends SubjectKeeper,
> {
  /** The key prefix of a service, for messages. */
  readonly sourceOf: (service: string) => string;
  /** Starts to keep the state of a subject fresh. */
  readonly start: (subject: WatchSubject<State>) => Keeper;
  /** Called with an error that a listener threw. */
  readonly onListenerError: (source: string, error: unknown) => void;
}

/** Key for the watch of all services; no service has this name. */
const ALL_SERVICES = '*';

/** The watched services of one port: each is watched once for all of its listeners, while it has any. */
export class WatchSubjects<
  State extends { readonly kind: string },
  Keeper extends SubjectKeeper = SubjectKeeper,
> {
  private readonly started = new Map<string, { subject: WatchSubject<State>; keeper: Keeper }>();
  private closed = false;

  constructor(private readonly options: WatchSubjectsOptions<State, Keeper>) {}

  /** @throws InvalidOptionError, RegistryClosedError */
  watch(service: string, listener: (state: State) => void): SubjectWatch<State> {
    assertServiceName(service);
    return this.listen(service, listener);
  }

  /** @throws RegistryClosedError */
  watchAll(listener: (state: State) => void): SubjectWatch<State> {
    return this.listen(ALL_SERVICES, listener);
  }

  /** The subject of a watched service. */
  get(service: string): WatchSubject<State> | undefined {
    return this.started.get(service)?.subject;
  }

  /** Describes each watched service, in order of name. */
  map<T>(describe: (subject: WatchSubject<State>, keeper: Keeper) => T): T[] {
    const inOrder = [...this.started].sort(([a], [b]) => (a < b ? -1 : 1));
    return inOrder.map(([, { subject, keeper }]) => describe(subject, keeper));
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** Closes every watch. Returns whether this was the first call. */
  close(): boolean {
    if (this.closed) return false;
    this.closed = true;
    for (const { subject } of [...this.started.values()]) subject.closeAll();
    return true;
  }

  private listen(service: string, listener: (state: State) => void): SubjectWatch<State> {
    if (this.closed) throw new RegistryClosedError(this.options.sourceOf(service));
    return (this.get(service) ?? this.start(service)).listen(listener);
  }

  private start(service: string): WatchSubject<State> {
    const { sourceOf, start, onListenerError } = this.options;
    const source = sourceOf(service);
    const subject = new WatchSubject<State>(
      service,
      source,
      () => this.end(service),
      (error) => onListenerError(source, error),
    );
    const keeper = start(subject);
    subject.keptBy(keeper);
    this.started.set(service, { subject, keeper });
    return subject;
  }

  private end(service: string): void {
    this.started.get(service)?.keeper.close();
    this.started.delete(service);
  }
}

interface Tagged {
  readonly kind: string;
}

/** Before the first state. */
interface Pending {
  readonly kind: 'pending';
}

const PENDING: Pending = { kind: 'pending' };

/** The watch of one listener. */
export interface SubjectWatch<State extends Tagged> {
  readonly service: string;
  readonly source: string;
  readonly state: State | Pending;
  /** Milliseconds since the state was last confirmed; undefined if it never was. */
  stalenessMs(): number | undefined;
  close(): void;
}

/** Keeps the state of a subject fresh. */
export interface SubjectKeeper {
  stalenessMs(): number | undefined;
  close(): void;
}

/** The state of one watched service and its listeners. Listeners are called from a microtask, never inside one of their own calls. */
export class WatchSubject<State extends Tagged> {
  private readonly watches = new Set<ListeningWatch<State>>();
  private current: State | undefined;
  private scheduled = false;
  private keeper: SubjectKeeper | undefined;

  /**
   * @param onIdle Called when the last watch was closed.
   * @param onListenerError Called with an error that a listener threw; the other listeners are still called.
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

/**
 * The state of a live watch. Its snapshot is built on the first read and stays the same afterwards, so that changes that arrive
 * faster than anyone reads do not cost a snapshot each.
 */
export function liveState<Known>(
  make: () => Known,
): Extract<WatchStateOf<Known>, { kind: 'live' }> {
  let made: Known | undefined;
  return {
    kind: 'live',
    get snapshot() {
      return (made ??= make());
    },
  };
}

/** Combines the snapshots of all services; the same parts give the same object. */
export class ServicesSnapshots {
  private last: ServicesSnapshot | undefined;

  /**
   * @param snapshots In order of service.
   * @param revision Revision of the registry that the snapshots reflect.
   */
  of(snapshots: Iterable<Snapshot>, revision: bigint): ServicesSnapshot {
    const services = new Map<string, Snapshot>();
    for (const snapshot of snapshots) services.set(snapshot.service, snapshot);
    if (this.last && holdsTheSame(this.last.services, services)) return this.last;
    return (this.last = { services, revision: String(revision) });
  }
}

function holdsTheSame(
  before: ReadonlyMap<string, Snapshot>,
  now: ReadonlyMap<string, Snapshot>,
): boolean {
  if (before.size !== now.size) return false;
  for (const [service, snapshot] of now) if (before.get(service) !== snapshot) return false;
  return true;
}

/**
 * Applies overrides to a snapshot; returns the same object if none of them is for its instances.
 * @param revision Revision of the registry that the overrides reflect.
 */
export function overriddenSnapshot(
  snapshot: Snapshot,
  weights: ReadonlyMap<string, number>,
  revision: bigint,
): Snapshot {
  const registeredWeights = new Map<string, number>();
  for (const { id, weight } of weights.size === 0 ? [] : snapshot.instances) {
    if (weights.has(id)) registeredWeights.set(id, weight);
  }
  if (registeredWeights.size === 0) return snapshot;
  const instances = snapshot.instances.map((instance) => {
    const weight = weights.get(instance.id);
    return weight === undefined ? instance : { ...instance, weight };
  });
  const newer = revision > BigInt(snapshot.revision) ? String(revision) : snapshot.revision;
  return { ...snapshot, instances, revision: newer, registeredWeights };
}

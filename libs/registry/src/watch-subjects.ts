import { RegistryClosedError } from './errors/registry-errors.js';
import { assertServiceName } from './instance/service-name.js';
import { WatchSubject, type SubjectKeeper, type SubjectWatch } from './watch-subject.js';

export interface WatchSubjectsOptions<
  State extends { readonly kind: string },
  Keeper extends SubjectKeeper,
> {
  /** Where a service is searched, for messages. */
  readonly sourceOf: (service: string) => string;
  /** Starts to keep the state of a subject fresh. */
  readonly start: (subject: WatchSubject<State>) => Keeper;
  /** Called with what a listener threw. */
  readonly onListenerError: (source: string, error: unknown) => void;
}

/** Stands for all services where one is named; none has this name. */
export const ALL_SERVICES = '*';

/** The watched services of one port: each is kept fresh once, for all of its listeners, and as long as it has some. */
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

  /** The subject of a service that is watched. */
  get(service: string): WatchSubject<State> | undefined {
    return this.started.get(service)?.subject;
  }

  /** What each watched service comes to, in order of name. */
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

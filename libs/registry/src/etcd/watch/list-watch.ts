import { reason as reasonOf } from '../../errors/registry-errors.js';
import type { RegistryLimits } from '../../limits.js';
import { type ListReason, NO_LISTS, type WatchStatistics } from '../../registry-description.js';
import type { RegistryLogger } from '../../registry.js';
import { Backoff } from '../../timing/backoff.js';
import type { Clock, Random } from '../../timing/clock.js';
import { Deferred, sleep, unlessAborted } from '../../timing/wait.js';
import type { KeyRange, KeyValue, WatchEvent } from '../client/etcd-connection.js';
import {
  type EtcdFailure,
  isAuthFailure,
  isOutage,
  toEtcdFailure,
  toRegistryError,
} from '../client/etcd-failure.js';
import type { EtcdSession } from '../session/etcd-session.js';
import { RefusalBackoff } from '../session/pacing.js';
import { listRange } from './range-list.js';
import type { WatchHandle, WatchMultiplexer } from './watch-multiplexer.js';

/** How often a view is compared with the store, whatever the watch says, in milliseconds. */
const RELIST_MS = 5 * 60_000;
/** Processes that lost the same stream list again spread over this time. */
const RELIST_JITTER_MS = 1_000;

export interface EtcdContext {
  readonly session: EtcdSession;
  readonly multiplexer: WatchMultiplexer;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: RegistryLogger;
  readonly namespace: string;
  /** As that of `ListContext`. */
  readonly epochKey: string;
  readonly limits: RegistryLimits;
}

/** What is watched, and who is told. None of it is called after `close`. */
export interface WatchedRange {
  /** The range in words, for messages. */
  readonly source: string;
  readonly range: KeyRange;
  readonly view: ListWatchStore;
  /** The view is what the store holds, and may have changed. */
  readonly onCurrent: () => void;
  /** The view can't be kept fresh; called when that begins, and when it goes on for another reason. */
  readonly onFailing: (error: Error) => void;
}

type State =
  | { readonly kind: 'starting' }
  | { readonly kind: 'current' }
  | { readonly kind: 'failing'; readonly error: Error };

/** Keeps the view of one range fresh: lists, watches from the next revision on, and lists again when in doubt. */
export class ListWatch {
  private readonly closing = new AbortController();
  private readonly outage: Backoff;
  private readonly refusal: RefusalBackoff;
  private state: State = { kind: 'starting' };
  private epoch: string | undefined;
  /** Set while a list is on its way: events that may be newer than it. */
  private buffer: WatchEvent[] | undefined;
  /** Why the view has to be listed before it can be watched on, if it has to. */
  private relist: ListReason | undefined = 'start';
  /** Whether the lost watch was taken up again once without anybody being told. */
  private resumeTried = false;
  private following: WatchHandle | undefined;
  /** Time of the clock when the view was last known to be what the store holds. */
  private confirmedAt: number | undefined;
  private events = 0;
  private readonly lists = { ...NO_LISTS };

  constructor(
    private readonly watched: WatchedRange,
    private readonly options: EtcdContext,
  ) {
    const { random } = options;
    this.outage = new Backoff(200, 5_000, random);
    this.refusal = new RefusalBackoff(random);
    this.run().catch((error: unknown) =>
      options.logger.error(`${watched.source} is watched no more: ${reasonOf(error)}`),
    );
  }

  /** How long ago, in milliseconds, the view was last known to be what the store holds; undefined when it never was. */
  stalenessMs(): number | undefined {
    this.confirm(this.following?.lastMessageAt);
    return this.confirmedAt === undefined ? undefined : this.options.clock.now() - this.confirmedAt;
  }

  statistics(): WatchStatistics {
    const { brokenEntries } = this.watched.view;
    return { events: this.events, lists: { ...this.lists }, brokenEntries };
  }

  close(): void {
    this.closing.abort();
  }

  private get closed(): boolean {
    return this.closing.signal.aborted;
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      try {
        const resumed = this.relist === undefined;
        if (this.relist) await this.list(this.relist);
        // Nobody waits for the watch to hear of the first list; after a failure it shows that all is well again.
        if (this.state.kind === 'starting') this.becomeCurrent();
        if (!this.closed) await this.follow(resumed);
      } catch (error) {
        if (!this.closed) await this.recover(toEtcdFailure(error));
      }
    }
  }

  /** Watches from the view's revision on; returns when the view needs a new watch, throws when the watch has ended. */
  private async follow(resumed: boolean): Promise<void> {
    const { multiplexer, clock, random } = this.options;
    const created = new Deferred<bigint>();
    const ended = new Deferred<never>();
    const { range, view } = this.watched;
    const from = view.revision;
    const watch = multiplexer.watch(range, from, {
      created: (revision) => created.resolve(revision),
      events: (events) => this.received(events),
      ended: (failure) => ended.reject(failure),
    });
    try {
      const { signal } = this.closing;
      const revision = await unlessAborted(signal, created.promise, ended.promise);
      if (revision === undefined) return;
      this.following = watch;
      this.succeeded();
      // A store that is behind the view was replaced, or the member lags: the list tells.
      const jitterMs = revision < from ? 0 : RELIST_JITTER_MS * random();
      let pauseMs = resumed ? jitterMs : RELIST_MS * (0.9 + 0.2 * random());
      let reason: ListReason = resumed ? 'resumed' : 'periodic';
      for (;;) {
        const pause = new AbortController();
        await unlessAborted(signal, sleep(clock, pauseMs, pause.signal), ended.promise).finally(
          () => pause.abort(),
        );
        if (this.closed) return;
        if (await this.list(reason)) return;
        reason = 'periodic';
        pauseMs = RELIST_MS * (0.9 + 0.2 * random());
      }
    } finally {
      this.confirm(watch.lastMessageAt);
      this.following = undefined;
      watch.cancel();
    }
  }

  private confirm(at: number | undefined): void {
    if (at !== undefined && at > (this.confirmedAt ?? -Infinity)) this.confirmedAt = at;
  }

  private received(events: readonly WatchEvent[]): void {
    this.buffer?.push(...events);
    const { view } = this.watched;
    for (const { modRevision } of events) if (modRevision > view.revision) this.events++;
    if (view.apply(events) && this.state.kind !== 'failing') this.current();
  }

  /** Reads the range anew. Returns whether the watch does not fit the store any more. */
  private async list(reason: ListReason): Promise<boolean> {
    const { clock } = this.options;
    const { range, view } = this.watched;
    const askedAt = clock.now();
    this.buffer = [];
    // Taken now: events that overtake the list may be newer than it.
    const { revision } = view;
    try {
      const list = await listRange(this.options, range);
      if (this.closed) return true;
      // A list is as new as the newest event before it, unless the store was replaced by one that is behind.
      // A store that had no id gets one from its first registrar; it was not replaced.
      const isOther = this.epoch !== undefined && list.epoch !== this.epoch;
      const replaced = isOther || list.revision < revision;
      this.epoch = list.epoch;
      if (replaced) view.clear();
      const changed = view.replace(list.revision, list.kvs);
      if (!replaced) view.apply(this.buffer);
      this.relist = undefined;
      this.lists[reason]++;
      this.confirm(askedAt);
      // Most lists find what the watch has told already: nobody is called for those.
      if (changed && this.state.kind === 'current') this.current();
      return replaced;
    } finally {
      this.buffer = undefined;
    }
  }

  private succeeded(): void {
    const { source } = this.watched;
    if (this.state.kind === 'failing') this.options.logger.info(`${source} is watched again.`);
    this.resumeTried = false;
    this.outage.reset();
    this.refusal.reset();
    this.becomeCurrent();
  }

  private becomeCurrent(): void {
    this.state = { kind: 'current' };
    this.current();
  }

  private current(): void {
    if (!this.closed) this.watched.onCurrent();
  }

  /** Tells of the failure and waits until another try makes sense. */
  private async recover(failure: EtcdFailure): Promise<void> {
    const { session, clock, random } = this.options;
    const { signal } = this.closing;
    if (failure.kind === 'compacted') {
      this.relist = 'compacted';
    } else if (isOutage(failure)) {
      if (await this.mayResume(failure)) return;
      // The list finds out whether etcd is away altogether.
      this.relist ??= 'failed';
      this.failed(failure);
      const { down } = session;
      await unlessAborted(signal, session.recovered());
      await sleep(clock, down ? 200 * random() : this.outage.next(), signal);
    } else {
      this.relist ??= 'failed';
      this.failed(failure);
      await sleep(clock, this.refusal.next(failure), signal);
    }
  }

  /**
   * A stream that was cut is opened again at once, once, and mostly nobody has to know: unless another that was cut with it
   * has found out meanwhile that etcd is away.
   */
  private async mayResume({ kind }: EtcdFailure): Promise<boolean> {
    if (kind !== 'unavailable' || this.relist || this.resumeTried) return false;
    const { session, clock, random } = this.options;
    this.resumeTried = true;
    await sleep(clock, 50 + 100 * random(), this.closing.signal);
    return !session.down;
  }

  /** Tells of a failure when it begins and when it becomes one of another kind; its text may differ at each try. */
  private failed(failure: EtcdFailure): void {
    const { state, watched } = this;
    const error = toRegistryError(failure, this.options.session.hosts, watched.source);
    if (state.kind === 'failing' && state.error.name === error.name) return;
    this.state = { kind: 'failing', error };
    // That etcd is away, or lets nobody in, is told by the session, once for all that is watched.
    if (!isOutage(failure) && !isAuthFailure(failure)) this.options.logger.warn(error.message);
    watched.onFailing(error);
  }
}

/** What lists and events of a range are put together to. */
export interface ListWatchStore {
  /** Revision that the view reflects; 0 when it never was filled. */
  readonly revision: bigint;
  /** Entries that are left out now because they can't be read. */
  readonly brokenEntries: number;
  /** Makes the view what the list says: keys that it lacks are gone. Returns whether there is something to tell. */
  replace(revision: bigint, kvs: readonly KeyValue[]): boolean;
  /** Applies events; those that the view reflects already are skipped. Returns whether there is something to tell. */
  apply(events: readonly WatchEvent[]): boolean;
  /** Forgets all revisions: they mean nothing in a store that replaced the one they came from. A list follows. */
  clear(): void;
}

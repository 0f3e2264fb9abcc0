import { reason as reasonOf } from '../../errors/registry-errors.js';
import { NO_LISTS, type ListReason, type WatchStatistics } from '../../registry-description.js';
import { Backoff, Deferred, sleep, unlessAborted } from '../../timing/wait.js';
import type { KeyRange, KeyValue, WatchEvent } from '../client/etcd-connection.js';
import {
  isAuthFailure,
  isOutage,
  toEtcdFailure,
  toRegistryError,
  type EtcdFailure,
} from '../client/etcd-failure.js';
import { RefusalBackoff } from '../session/pacing.js';
import type { EtcdContext } from './etcd-context.js';
import type { WatchHandle } from './watch-multiplexer.js';
import { listRange } from './range-list.js';

/** Interval in milliseconds at which a store is compared with etcd, whatever the watch reports. */
const RELIST_MS = 5 * 60_000;
/** Processes that lost the same stream spread their lists over this time. */
const RELIST_JITTER_MS = 1_000;

/** The local copy of a range, built from lists and events. */
export interface ListWatchStore {
  /** Revision that the store reflects; 0 before the first list. */
  readonly revision: bigint;
  /** Entries that are currently left out because they can't be read. */
  readonly brokenEntries: number;
  /** Replaces the content with a list; keys missing from it are removed. Returns whether listeners need to be notified. */
  replace(revision: bigint, kvs: readonly KeyValue[]): boolean;
  /** Applies events and skips those that the store already reflects. Returns whether listeners need to be notified. */
  apply(events: readonly WatchEvent[]): boolean;
  /** Forgets all revisions, which mean nothing in an etcd store that replaced the one they came from. A list follows. */
  clear(): void;
}

/** The watched range, its store and its callbacks. Nothing of it is called after `close`. */
export interface WatchedRange {
  /** The range in words, for messages. */
  readonly source: string;
  readonly range: KeyRange;
  readonly store: ListWatchStore;
  /** The store matches etcd and may have changed. */
  readonly onCurrent: () => void;
  /** The store can't be kept fresh. Called when that begins, and when it continues for another reason. */
  readonly onFailing: (error: Error) => void;
}

type State =
  | { readonly kind: 'starting' }
  | { readonly kind: 'current' }
  | { readonly kind: 'failing'; readonly error: Error };

/** Keeps the store of one range fresh (a reflector): lists, watches from the next revision on, and lists again on doubt. */
export class ListWatch {
  private readonly closing = new AbortController();
  private readonly outage: Backoff;
  private readonly refusal: RefusalBackoff;
  private state: State = { kind: 'starting' };
  private epoch: string | undefined;
  /** Set while a list is in flight: events that may be newer than it. */
  private buffer: WatchEvent[] | undefined;
  /** Reason for the list that must precede the next watch; undefined if none is needed. */
  private relist: ListReason | undefined = 'start';
  /** Whether the lost watch was already resumed once without a notification. */
  private resumeTried = false;
  private following: WatchHandle | undefined;
  /** Clock time at which the store was last known to match etcd. */
  private confirmedAt: number | undefined;
  private events = 0;
  private readonly lists = { ...NO_LISTS };

  constructor(
    private readonly watched: WatchedRange,
    private readonly context: EtcdContext,
  ) {
    const { random } = context;
    this.outage = new Backoff(200, 5_000, random);
    this.refusal = new RefusalBackoff(random);
    this.run().catch((error: unknown) =>
      context.logger.error(`${watched.source} is no longer watched: ${reasonOf(error)}`),
    );
  }

  /** Milliseconds since the store was last known to match etcd; undefined if it never was. */
  stalenessMs(): number | undefined {
    this.confirm(this.following?.lastMessageAt);
    return this.confirmedAt === undefined ? undefined : this.context.clock.now() - this.confirmedAt;
  }

  statistics(): WatchStatistics {
    const { brokenEntries } = this.watched.store;
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
        // The first list is delivered before the watch is established. After a failure, the watch proves recovery.
        if (this.state.kind === 'starting') this.becomeCurrent();
        if (!this.closed) await this.follow(resumed);
      } catch (error) {
        if (!this.closed) await this.recover(toEtcdFailure(error));
      }
    }
  }

  /** Watches from the store's revision on. Returns when a new watch is needed, throws when the watch has ended. */
  private async follow(resumed: boolean): Promise<void> {
    const { multiplexer, clock, random } = this.context;
    const created = new Deferred<bigint>();
    const ended = new Deferred<never>();
    const { range, store } = this.watched;
    const from = store.revision;
    const watch = multiplexer.watch(range, from, {
      created: created.resolve,
      events: this.received,
      ended: ended.reject,
    });
    try {
      const { signal } = this.closing;
      const revision = await unlessAborted(signal, created.promise, ended.promise);
      if (revision === undefined) return;
      this.following = watch;
      this.succeeded();
      // An etcd that is behind the store was replaced, or the member lags: a list finds out which.
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

  private readonly received = (events: readonly WatchEvent[]): void => {
    this.buffer?.push(...events);
    const { store } = this.watched;
    for (const { modRevision } of events) if (modRevision > store.revision) this.events++;
    const changed = store.apply(events);
    if (changed && this.state.kind !== 'failing' && !this.closed) this.watched.onCurrent();
  };

  /** Lists the range. Returns whether the current watch no longer matches etcd. */
  private async list(reason: ListReason): Promise<boolean> {
    const { clock } = this.context;
    const { range, store } = this.watched;
    const askedAt = clock.now();
    this.buffer = [];
    // Read now: events that overtake the list may be newer than it.
    const { revision } = store;
    try {
      const list = await listRange(this.context, range);
      if (this.closed) return true;
      // A list is as new as the newest event before it, unless etcd's store was replaced by one that is behind. A store
      // without an id gets one from its first registrar; it was not replaced.
      const isOther = this.epoch !== undefined && list.epoch !== this.epoch;
      const replaced = isOther || list.revision < revision;
      this.epoch = list.epoch;
      if (replaced) store.clear();
      const changed = store.replace(list.revision, list.kvs);
      if (!replaced) store.apply(this.buffer);
      this.relist = undefined;
      this.lists[reason]++;
      this.confirm(askedAt);
      // Most lists only confirm what the watch has delivered; those notify nobody.
      if (changed && this.state.kind === 'current') this.watched.onCurrent();
      return replaced;
    } finally {
      this.buffer = undefined;
    }
  }

  private succeeded(): void {
    const { source } = this.watched;
    if (this.state.kind === 'failing') this.context.logger.info(`${source} is watched again.`);
    this.resumeTried = false;
    this.outage.reset();
    this.refusal.reset();
    this.becomeCurrent();
  }

  private becomeCurrent(): void {
    this.state = { kind: 'current' };
    if (!this.closed) this.watched.onCurrent();
  }

  /** Reports the failure and waits until another try makes sense. */
  private async recover(failure: EtcdFailure): Promise<void> {
    const { session, clock, random } = this.context;
    const { signal } = this.closing;
    if (failure.kind === 'compacted') {
      this.relist = 'compacted';
    } else if (isOutage(failure)) {
      if (await this.mayResume(failure)) return;
      // The list finds out whether all of etcd is down.
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
   * Reopens a cut stream once, immediately and without a notification, unless another watch of the same stream has meanwhile
   * found that etcd is down.
   */
  private async mayResume({ kind }: EtcdFailure): Promise<boolean> {
    if (kind !== 'unavailable' || this.relist || this.resumeTried) return false;
    const { session, clock, random } = this.context;
    this.resumeTried = true;
    await sleep(clock, 50 + 100 * random(), this.closing.signal);
    return !session.down;
  }

  /** Reports a failure when it begins and when its kind changes. Its text may differ at each try. */
  private failed(failure: EtcdFailure): void {
    const { state, watched } = this;
    const error = toRegistryError(failure, this.context.session.hosts, watched.source);
    if (state.kind === 'failing' && state.error.name === error.name) return;
    this.state = { kind: 'failing', error };
    // The session logs outages and authentication failures once for all watches.
    if (!isOutage(failure) && !isAuthFailure(failure)) this.context.logger.warn(error.message);
    watched.onFailing(error);
  }
}

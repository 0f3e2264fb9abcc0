import { type Key, type KeyRange, rangeContains } from '../mvcc/key-range.js';
import { type Event, eventOf, type KeyValue, type Mutation } from '../mvcc/mutation.js';
import type { Store } from '../mvcc/store.js';

/** Where a watch's events go. */
export interface WatchSink {
  /** Never called with an empty list. */
  events(events: readonly Event[], revision: number): void;
  /** The requested history is compacted; nothing follows. */
  compacted(compactRevision: number): void;
}

/** etcd's limit: a watch that catches up gets the events of at most this many revisions at once. */
const batchRevisions = 1000;

/** Ends a watch. Calling it again does nothing. */
export type StopWatching = () => void;

interface Watcher {
  readonly interest: WatchInterest;
  readonly sink: WatchSink;
}

/** Delivers to each watch the requested history first, then every write as it happens. */
export class WatchHub {
  private readonly onKey = new Map<Key, Set<Watcher>>();
  private readonly onRange = new Set<Watcher>();

  constructor(private readonly store: Store) {}

  /** Delivers the history before it returns. */
  watch(interest: WatchInterest, sink: WatchSink): StopWatching {
    if (interest.startRevision < this.store.compactRevision) {
      sink.compacted(this.store.compactRevision);
      return () => undefined;
    }
    this.catchUp(interest, sink);
    return this.follow({ interest, sink });
  }

  /** The store finished a transaction. */
  written(mutations: readonly Mutation[]): void {
    for (const { interest, sink } of this.concerned(mutations)) {
      const events = eventsFor(interest, mutations, this.store);
      if (events.length > 0) sink.events(events, this.store.revision);
    }
  }

  private catchUp(interest: WatchInterest, sink: WatchSink): void {
    let next = interest.startRevision;
    for (;;) {
      const batch = this.store.mutationsFrom(next, batchRevisions);
      const last = batch.at(-1);
      if (last === undefined) return;
      const events = eventsFor(interest, batch, this.store);
      if (events.length > 0) sink.events(events, this.store.revision);
      next = last.revision + 1;
    }
  }

  private follow(watcher: Watcher): StopWatching {
    const key = singleKey(watcher.interest);
    if (key === undefined) {
      this.onRange.add(watcher);
      return () => this.onRange.delete(watcher);
    }
    const watchers = this.onKey.get(key) ?? new Set();
    this.onKey.set(key, watchers.add(watcher));
    return () => {
      watchers.delete(watcher);
      if (watchers.size === 0 && this.onKey.get(key) === watchers) this.onKey.delete(key);
    };
  }

  private concerned(mutations: readonly Mutation[]): Set<Watcher> {
    const concerned = new Set(this.onRange);
    for (const { key } of mutations) {
      for (const watcher of this.onKey.get(key) ?? []) concerned.add(watcher);
    }
    return concerned;
  }
}

/** The events that a watch requests. */
export interface WatchInterest {
  readonly range: KeyRange;
  /** Mutations before this revision are not delivered; it may be in the future. */
  readonly startRevision: number;
  readonly withoutPuts: boolean;
  readonly withoutDeletes: boolean;
  /** Deliver each event with the key's previous value, unless it is compacted. */
  readonly prevKv: boolean;
}

/** The events of some mutations that match a watch. */
function eventsFor(interest: WatchInterest, mutations: readonly Mutation[], store: Store): Event[] {
  const events: Event[] = [];
  for (const mutation of mutations) {
    if (!wants(interest, mutation)) continue;
    const event = eventOf(mutation);
    events.push(interest.prevKv ? { ...event, prev_kv: previous(mutation, store) } : event);
  }
  return events;
}

function wants(interest: WatchInterest, mutation: Mutation): boolean {
  if (mutation.revision < interest.startRevision) return false;
  if (mutation.kind === 'put' ? interest.withoutPuts : interest.withoutDeletes) return false;
  return rangeContains(interest.range, mutation.key);
}

/** A key that is created has nothing before it, even if the same transaction deleted it first. */
function previous(mutation: Mutation, store: Store): KeyValue | undefined {
  const { key, revision } = mutation;
  const isCreated = mutation.kind === 'put' && mutation.kv.version === 1;
  if (isCreated || revision - 1 < store.compactRevision) return undefined;
  return store.get(key, revision - 1);
}

/** The key of a watch on one key only: such watches are found without looking at all others. */
function singleKey({ range }: WatchInterest): Key | undefined {
  return range.kind === 'single' ? range.key : undefined;
}

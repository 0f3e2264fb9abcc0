import { type Event, type KeyValue } from '../api/kv-messages.js';
import { type Key } from '../mvcc/key.js';
import { rangeContains, type KeyRange } from '../mvcc/key-range.js';
import { eventOf, type Mutation } from '../mvcc/mutation.js';
import { type Store } from '../mvcc/store.js';

/** What a watch wants to see. */
export interface WatchInterest {
  readonly range: KeyRange;
  /** Mutations before this revision are not told; it may lie in the future. */
  readonly startRevision: number;
  readonly withoutPuts: boolean;
  readonly withoutDeletes: boolean;
  /** Tell with each event what the key was before, as far as compaction left it. */
  readonly prevKv: boolean;
}

/** The events of some mutations that a watch wants to see. */
export function eventsFor(
  interest: WatchInterest,
  mutations: readonly Mutation[],
  store: Store,
): Event[] {
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
export function singleKey({ range }: WatchInterest): Key | undefined {
  return range.kind === 'single' ? range.key : undefined;
}

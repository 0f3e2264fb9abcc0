import { type Event, type KeyValue } from '../api/kv-messages.js';
import { bytesOf, type Key } from './key.js';

/** One change of one key. Those of one transaction share a revision and keep their order. */
export type Mutation =
  | { readonly kind: 'put'; readonly revision: number; readonly key: Key; readonly kv: KeyValue }
  | { readonly kind: 'delete'; readonly revision: number; readonly key: Key };

/** The mutation as a watch tells it: a delete names its key and revision only. */
export function eventOf(mutation: Mutation): Event {
  if (mutation.kind === 'put') return { type: 'PUT', kv: mutation.kv };
  return { type: 'DELETE', kv: { key: bytesOf(mutation.key), mod_revision: mutation.revision } };
}

/** Index of the first mutation at or after a revision, in a list ordered by revision. */
export function firstAtOrAfter(mutations: readonly Mutation[], revision: number): number {
  let low = 0;
  let high = mutations.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (mutations[middle]!.revision < revision) low = middle + 1;
    else high = middle;
  }
  return low;
}

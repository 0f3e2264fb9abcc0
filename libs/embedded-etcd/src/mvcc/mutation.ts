import { bytesOf, type Key } from './key-range.js';

/** Stored in the shape that goes over the wire, so that a range copies nothing. Never mutated. */
export interface KeyValue {
  readonly key: Buffer;
  readonly create_revision: number;
  readonly mod_revision: number;
  readonly version: number;
  readonly value: Buffer;
  /** 64-bit id, in decimal. */
  readonly lease: string;
}

export interface Event {
  readonly type: 'PUT' | 'DELETE';
  readonly kv: Partial<KeyValue>;
  readonly prev_kv?: KeyValue;
}

/** One change of one key. Those of one transaction share a revision and keep their order. */
export type Mutation =
  | { readonly kind: 'put'; readonly revision: number; readonly key: Key; readonly kv: KeyValue }
  | { readonly kind: 'delete'; readonly revision: number; readonly key: Key };

/** The mutation as a watch delivers it: a delete has only its key and revision. */
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

/** Listener for the writes of a store. */
export interface StoreListener {
  /** A key moved to another lease; `'0'` stands for none. Called during the write. */
  leaseChanged(key: Key, before: string, after: string): void;
  /** A transaction is complete; its mutations share one revision. Never called with an empty list. */
  written(mutations: readonly Mutation[]): void;
}

import type { KeyValue, WatchEvent } from './etcd-connection.js';

/** What lists and events of a range are put together to. */
export interface RangeView {
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

import type { WatchEvent } from './etcd-connection.js';
import type { EtcdFailure } from './etcd-failure.js';

/** Who is told of a watch. `ended` comes once and is the last call; none comes after `cancel`. */
export interface HubListener {
  /** The watch stands; the revision is the store's at that moment, on the member that serves the stream. */
  created(revision: bigint): void;
  /** Events in order of revision, all of one answer at a time. */
  events(events: readonly WatchEvent[]): void;
  ended(failure: EtcdFailure): void;
}

export interface HubWatch {
  cancel(): void;
}

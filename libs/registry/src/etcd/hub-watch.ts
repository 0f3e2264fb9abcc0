import type { WatchEvent } from './etcd-connection.js';
import type { EtcdFailure } from './etcd-failure.js';

/** Receives what a watch delivers. `ended` comes once and is the last call; none comes after `cancel`. */
export interface HubListener {
  /** The watch stands; the revision is the store's at that moment, on the member that serves the stream. */
  created(revision: bigint): void;
  /** Events in order of revision, all of one answer at a time, each newer than the revision that is watched from. */
  events(events: readonly WatchEvent[]): void;
  ended(failure: EtcdFailure): void;
}

export interface HubWatch {
  /**
   * Time of the clock when the stream was heard of last, once the watch stands on it: etcd sends the events of all watches on
   * a stream in their order, so that there was none before that is not told.
   */
  readonly heardAt: number | undefined;
  cancel(): void;
}

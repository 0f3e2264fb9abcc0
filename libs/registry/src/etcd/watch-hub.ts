import type { Clock } from '../timing/clock.js';
import type { KeyRange, WatchEvent } from './etcd-connection.js';
import type { EtcdFailure } from './etcd-failure.js';
import type { EtcdSession } from './etcd-session.js';
import { SharedWatchStream } from './shared-watch-stream.js';

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

/** All watches of a process over one stream, which is there as long as there is a watch. It does not retry: its users do. */
export class WatchHub {
  private stream: SharedWatchStream | undefined;

  constructor(
    private readonly session: EtcdSession,
    private readonly probeKey: string,
    private readonly clock: Clock,
  ) {}

  /** @param startRevision First revision whose events are wanted; never 0. */
  watch(range: KeyRange, startRevision: bigint, listener: HubListener): HubWatch {
    if (this.stream === undefined || this.stream.over) {
      this.stream = new SharedWatchStream(this.session.stream(), this.probeKey, this.clock);
    }
    return this.stream.add({ range, startRevision, listener });
  }

  close(): void {
    this.stream?.close();
  }
}

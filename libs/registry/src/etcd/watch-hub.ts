import type { HubDescription } from '../registry-description.js';
import type { Clock } from '../timing/clock.js';
import type { KeyRange } from './etcd-connection.js';
import type { EtcdSession } from './etcd-session.js';
import type { HubListener, HubWatch } from './hub-watch.js';
import { SharedWatchStream } from './shared-watch-stream.js';

/** All watches of a process over one stream, which is there as long as there is a watch. It does not retry: its users do. */
export class WatchHub {
  private stream: SharedWatchStream | undefined;
  private streams = 0;

  constructor(
    private readonly session: EtcdSession,
    private readonly probeKey: string,
    private readonly clock: Clock,
  ) {}

  /**
   * @param afterRevision Revision at which the range was read, or is otherwise known; newer events are delivered. Never 0, and
   * never an older one: it may be compacted.
   */
  watch(range: KeyRange, afterRevision: bigint, listener: HubListener): HubWatch {
    if (this.stream === undefined || this.stream.over) {
      this.stream = new SharedWatchStream(this.session, this.probeKey, this.clock);
      this.streams++;
    }
    return this.stream.add({ range, afterRevision, listener });
  }

  describe(): HubDescription {
    return { watches: this.stream?.size ?? 0, streams: this.streams };
  }

  close(): void {
    this.stream?.close();
  }
}

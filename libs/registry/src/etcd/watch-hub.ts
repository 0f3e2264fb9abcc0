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

  /** @param startRevision First revision whose events are wanted; never 0. */
  watch(range: KeyRange, startRevision: bigint, listener: HubListener): HubWatch {
    if (this.stream === undefined || this.stream.over) {
      this.stream = new SharedWatchStream(this.session.stream(), this.probeKey, this.clock);
      this.streams++;
    }
    return this.stream.add({ range, startRevision, listener });
  }

  describe(): HubDescription {
    return { watches: this.stream?.size ?? 0, streams: this.streams };
  }

  close(): void {
    this.stream?.close();
  }
}

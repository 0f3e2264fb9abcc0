import type { WatchCreateRequest, WatchRequest, WatchResponse } from '../api/messages.js';
import type { Clock } from '../clock.js';
import { keyRangeOf } from '../mvcc/key-range.js';
import type { Event, KeyValue } from '../mvcc/mutation.js';
import type { Store } from '../mvcc/store.js';
import type { StopWatching, WatchHub, WatchInterest, WatchSink } from './watch-hub.js';

/** The member that serves a watch stream, and where its answers go. */
export interface WatchStreamContext {
  readonly store: Store;
  readonly hub: WatchHub;
  readonly clock: Clock;
  /** How long a watch with `progress_notify` stays silent, in milliseconds. */
  readonly progressNotifyMs: number;
  /** As in `VersionRules`. */
  readonly holdsProgressForFutureWatches: boolean;
  /** Why the caller may not read what the watch asks for; undefined when it may. */
  refusalOf(request: WatchCreateRequest): string | undefined;
  send(response: WatchResponse): void;
}

interface OpenWatch {
  stop: StopWatching;
  readonly notifiesProgress: boolean;
  /** The client's start revision; 0 means now. */
  readonly startRevision: number;
  /** Whether events went out since the last progress report was due. */
  isBusy: boolean;
}

/** The watches of one stream, by the ids they have on it. */
export class WatchStream {
  private readonly watches = new Map<string, OpenWatch>();
  private nextId = 0n;
  private cancelProgress: (() => void) | undefined;

  constructor(private readonly context: WatchStreamContext) {}

  receive(request: WatchRequest): void {
    switch (request.request_union) {
      case 'create_request':
        return this.create(request.create_request);
      case 'cancel_request':
        return this.cancel(request.cancel_request.watch_id);
      case 'progress_request':
        if ([...this.watches.values()].some((watch) => this.isAhead(watch))) return;
        // Belongs to no watch: clients hand it to all of them.
        return this.send({ watch_id: '-1' });
    }
  }

  /** The stream has ended; nothing is sent any more. */
  close(): void {
    this.cancelProgress?.();
    for (const watch of this.watches.values()) watch.stop();
    this.watches.clear();
  }

  private create(request: WatchCreateRequest): void {
    const refusal = this.context.refusalOf(request);
    if (refusal !== undefined) return this.refuse('-1', refusal);
    const interest = this.interestOf(request);
    if (interest.range.kind === 'interval' && interest.range.begin >= interest.range.end) {
      return this.refuse('-1', 'mvcc: watcher range is empty');
    }
    if (request.watch_id !== '0' && this.watches.has(request.watch_id)) {
      return this.refuse('-1', 'mvcc: duplicate watch ID provided on the WatchStream');
    }
    this.open(request.watch_id === '0' ? this.freeId() : request.watch_id, interest, request);
  }

  private open(id: string, interest: WatchInterest, request: WatchCreateRequest): void {
    this.send({ watch_id: id, created: true });
    const watch: OpenWatch = {
      stop: () => undefined,
      notifiesProgress: request.progress_notify,
      startRevision: Number(request.start_revision),
      isBusy: false,
    };
    this.watches.set(id, watch);
    watch.stop = this.context.hub.watch(interest, this.sink(id, watch, request.fragment));
    if (request.progress_notify) this.scheduleProgress();
  }

  private sink(id: string, watch: OpenWatch, mayFragment: boolean): WatchSink {
    return {
      events: (events, revision) => {
        watch.isBusy = true;
        const parts = mayFragment ? fragments(events) : [{ events }];
        for (const part of parts) this.send({ header: { revision }, watch_id: id, ...part });
      },
      compacted: (compactRevision) =>
        this.send({
          header: { revision: 0 },
          watch_id: id,
          canceled: true,
          compact_revision: compactRevision,
        }),
    };
  }

  private cancel(id: string): void {
    const watch = this.watches.get(id);
    if (watch === undefined) return;
    watch.stop();
    this.watches.delete(id);
    this.send({ watch_id: id, canceled: true });
  }

  private refuse(id: string, reason: string): void {
    this.send({ watch_id: id, created: true, canceled: true, cancel_reason: reason });
  }

  private interestOf(request: WatchCreateRequest): WatchInterest {
    // The smallest key there can be stands in for an empty one.
    const key = request.key.length === 0 ? Buffer.of(0) : request.key;
    const startRevision = Number(request.start_revision);
    return {
      range: keyRangeOf(key, request.range_end),
      startRevision: startRevision === 0 ? this.context.store.revision + 1 : startRevision,
      withoutPuts: request.filters.includes('NOPUT'),
      withoutDeletes: request.filters.includes('NODELETE'),
      prevKv: request.prev_kv,
    };
  }

  private freeId(): string {
    while (this.watches.has(this.nextId.toString())) this.nextId += 1n;
    return (this.nextId++).toString();
  }

  private scheduleProgress(): void {
    this.cancelProgress ??= this.context.clock.after(this.context.progressNotifyMs, () => {
      this.cancelProgress = undefined;
      this.reportProgress();
    });
  }

  private reportProgress(): void {
    for (const [id, watch] of this.watches) {
      if (!watch.notifiesProgress) continue;
      if (!watch.isBusy && !this.isAhead(watch)) this.send({ watch_id: id });
      watch.isBusy = false;
      this.scheduleProgress();
    }
  }

  private isAhead({ startRevision }: OpenWatch): boolean {
    const { store, holdsProgressForFutureWatches } = this.context;
    return holdsProgressForFutureWatches && startRevision > store.revision;
  }

  private send(response: WatchResponse): void {
    this.context.send(response);
  }
}

/** etcd splits what is larger than its request limit and the 512 KiB it allows for gRPC's overhead. */
const maxBytes = 1.5 * 1024 * 1024 + 512 * 1024;

interface Fragment {
  readonly events: readonly Event[];
  /** Whether another fragment follows. */
  readonly fragment: boolean;
}

/** Splits the events of a large answer; all fragments but the last are marked as such. */
export function* fragments(events: readonly Event[], limit = maxBytes): Generator<Fragment> {
  let from = 0;
  do {
    let bytes = 0;
    let to = from;
    while (to < events.length) {
      bytes += sizeOf(events[to]!);
      if (bytes >= limit && to > from) break;
      to += 1;
    }
    yield { events: events.slice(from, to), fragment: to < events.length };
    from = to;
  } while (from < events.length);
}

function sizeOf(event: Event): number {
  return sizeOfKv(event.kv) + sizeOfKv(event.prev_kv);
}

/** Near enough: the numbers of a key take 20 to 30 bytes on the wire. */
function sizeOfKv(kv: Partial<KeyValue> | undefined): number {
  if (kv === undefined) return 0;
  return (kv.key?.length ?? 0) + (kv.value?.length ?? 0) + 30;
}

import { type Event, type KeyValue } from '../api/kv-messages.js';
import { type WatchResponse } from '../api/watch-messages.js';

/** etcd splits what is larger than its request limit and the 512 KiB it allows for gRPC's overhead. */
const maxBytes = 1.5 * 1024 * 1024 + 512 * 1024;

/** Splits a large answer between events; all parts but the last are marked as fragments. */
export function* fragments(response: WatchResponse, limit = maxBytes): Generator<WatchResponse> {
  const events = response.events ?? [];
  let from = 0;
  do {
    let bytes = 0;
    let to = from;
    while (to < events.length) {
      bytes += sizeOf(events[to]!);
      if (bytes >= limit && to > from) break;
      to += 1;
    }
    yield { ...response, events: events.slice(from, to), fragment: to < events.length };
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

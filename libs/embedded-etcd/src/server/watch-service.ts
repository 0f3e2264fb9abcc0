import { type Metadata } from '@grpc/grpc-js';
import { type WatchCreateRequest, type WatchRequest } from '../api/watch-messages.js';
import { type Clock } from '../clock.js';
import { type Member } from '../member/member.js';
import { keyRangeOf } from '../mvcc/key-range.js';
import { WatchStream } from '../watch/watch-stream.js';
import { accessOf, stream, type Rpcs } from './rpc.js';

/** @param progressNotifyMs how long a watch with `progress_notify` stays silent. */
export function watchService(clock: Clock, progressNotifyMs: number): Rpcs {
  return {
    Watch: stream<WatchRequest>(
      (member, send, metadata) =>
        new WatchStream({
          store: member.store,
          hub: member.hub,
          clock,
          progressNotifyMs,
          permits: (request) => mayWatch(member, request, metadata),
          send,
        }),
    ),
  };
}

/** A watch with a token that auth does not know is refused like a forbidden one: the stream lives on. */
function mayWatch(member: Member, request: WatchCreateRequest, metadata: Metadata): boolean {
  try {
    accessOf(member, metadata).requireRead(keyRangeOf(request.key, request.range_end));
    return true;
  } catch {
    return false;
  }
}

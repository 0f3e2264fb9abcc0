import { status, type Metadata } from '@grpc/grpc-js';
import { EtcdRefusal } from '../api/etcd-error.js';
import { type WatchCreateRequest } from '../api/messages.js';
import { type Clock } from '../clock.js';
import { type WatchDefinition } from '../gen/etcdserverpb/Watch.js';
import { type Member } from '../member/member.js';
import { keyRangeOf } from '../mvcc/key-range.js';
import { WatchStream } from '../watch/watch-stream.js';
import { accessOf, stream, type Rpcs } from './rpc.js';

/** @param progressNotifyMs how long a watch with `progress_notify` stays silent. */
export function watchService(clock: Clock, progressNotifyMs: number): Rpcs<WatchDefinition> {
  return {
    Watch: stream(
      { endsWithCaller: false },
      (member, send, metadata) =>
        new WatchStream({
          store: member.store,
          hub: member.hub,
          clock,
          progressNotifyMs,
          holdsProgressForFutureWatches: member.rules.holdsProgressForFutureWatches,
          refusalOf: (request) => refusalOf(member, request, metadata),
          send,
        }),
    ),
  };
}

/** The names of the codes that may occur, as Go prints them: a refused watch carries a status as text. */
const goNames: Partial<Record<status, string>> = {
  [status.INVALID_ARGUMENT]: 'InvalidArgument',
  [status.PERMISSION_DENIED]: 'PermissionDenied',
  [status.UNAUTHENTICATED]: 'Unauthenticated',
};

/** A refused watch leaves its stream open. */
function refusalOf(
  member: Member,
  request: WatchCreateRequest,
  metadata: Metadata,
): string | undefined {
  try {
    accessOf(member, metadata).requireRead(keyRangeOf(request.key, request.range_end));
    return undefined;
  } catch (error) {
    if (!(error instanceof EtcdRefusal)) throw error;
    return `rpc error: code = ${goNames[error.code]} desc = ${error.message}`;
  }
}

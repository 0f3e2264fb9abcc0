import { EtcdRefusal } from '../api/etcd-error.js';
import { opsOf, type RangeRequest, type RequestOp, type TxnRequest } from '../api/messages.js';
import type { KVDefinition } from '../gen/etcdserverpb/KV.js';
import type { Member } from '../member/member.js';
import type { KeyValue } from '../mvcc/mutation.js';
import type { RangeAnswer } from '../mvcc/range-request.js';
import {
  checkDeleteRange,
  checkIntervals,
  checkPut,
  checkRange,
  checkTxn,
} from '../txn/check-txn.js';
import { accessOf, type Caller, parts, type Rpcs, unary } from './rpc.js';
import { withHeader } from './serve-call.js';

/** etcd's `--max-request-bytes`. */
export const maxRequestBytes = 1.5 * 1024 * 1024;

/** etcd measures the raft proposal, which wraps a request in its id and length. */
const proposalBytes = 16;

export const kvService: Rpcs<KVDefinition> = {
  Range: unary((member, request, { metadata }) => {
    checkRange(request);
    accessOf(member, metadata).requireRange(request);
    return member.range(request);
  }),

  RangeStream: parts((member, request, { metadata }) => {
    if (!member.rules.streamsRanges) throw new EtcdRefusal('unknownRangeStream');
    checkRange(request);
    checkStreamable(request);
    accessOf(member, metadata).requireRange(request);
    return rangeParts(withHeader(member, member.range(request)), maxRequestBytes);
  }),

  Put: unary((member, request, caller) => {
    checkPut(request);
    const access = accessOf(member, caller.metadata);
    requireProposable(caller);
    requireSpace(member);
    access.requirePut(request);
    return member.put(request);
  }),

  DeleteRange: unary((member, request, caller) => {
    checkDeleteRange(request);
    const access = accessOf(member, caller.metadata);
    requireProposable(caller);
    access.requireDeleteRange(request);
    return member.deleteRange(request);
  }),

  Txn: unary((member, request, caller) => {
    checkTxn(request);
    checkIntervals(opsOf(request.success));
    checkIntervals(opsOf(request.failure));
    const access = accessOf(member, caller.metadata);
    if (some(request, (op) => op.request !== 'request_range')) requireProposable(caller);
    if (some(request, (op) => op.request === 'request_put')) requireSpace(member);
    access.requireTxn(request);
    return member.txn(request);
  }),

  Compact: unary((member, request, { metadata }) => {
    const access = accessOf(member, metadata);
    if (member.rules.keepsCompactionToRoot) access.requireAdmin();
    member.compact(Number(request.revision));
    return {};
  }),
};

function requireProposable({ requestBytes }: Caller): void {
  if (requestBytes + proposalBytes > maxRequestBytes) throw new EtcdRefusal('requestTooLarge');
}

function requireSpace(member: Member): void {
  if (member.isOutOfSpace) throw new EtcdRefusal('noSpace');
}

/** Whether any operation of any level is of that kind. */
function some(request: TxnRequest, isWanted: (op: RequestOp) => boolean): boolean {
  return opsOf([...request.success, ...request.failure]).some((op) =>
    op.request === 'request_txn' ? some(op.request_txn, isWanted) : isWanted(op),
  );
}

/** How many keys the first part has. */
const FIRST_KEYS = 10;
/** Of the fields of an entry besides its key and value, about. */
const FIELDS_BYTES = 30;

/** @throws EtcdRefusal for what etcd answers as a whole only. */
function checkStreamable(request: RangeRequest): void {
  const isByKey = request.sort_target === 'KEY' && request.sort_order !== 'DESCEND';
  if (!isByKey && request.sort_order !== 'NONE') throw new EtcdRefusal('streamedOrder');
  const { min_mod_revision, max_mod_revision, min_create_revision, max_create_revision } = request;
  const filters = [min_mod_revision, max_mod_revision, min_create_revision, max_create_revision];
  if (filters.some((filter) => filter !== '0')) throw new EtcdRefusal('streamedFilter');
}

/**
 * The answer to a range in parts, as etcd streams it: each has twice as many keys as the one before while it is small. The header,
 * the count and whether there is more stand in the last one alone.
 * @param targetBytes About which size parts have.
 */
function* rangeParts(
  { kvs, ...whole }: RangeAnswer,
  targetBytes: number,
): Generator<{ readonly range_response: object }> {
  let keys = FIRST_KEYS;
  let from = 0;
  while (from + keys < kvs.length) {
    const part = kvs.slice(from, from + keys);
    yield { range_response: { kvs: part } };
    from += keys;
    const bytes = part.reduce((sum, kv) => sum + bytesOf(kv), 0);
    if (bytes < targetBytes / 2) keys *= 2;
    else if (bytes > targetBytes * 2) keys = Math.max(1, Math.floor(keys / 2));
  }
  yield { range_response: { ...whole, kvs: kvs.slice(from) } };
}

function bytesOf({ key, value }: Partial<KeyValue>): number {
  return (key?.length ?? 0) + (value?.length ?? 0) + FIELDS_BYTES;
}

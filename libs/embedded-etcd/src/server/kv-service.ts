import { EtcdRefusal } from '../api/etcd-error.js';
import {
  type CompactionRequest,
  type DeleteRangeRequest,
  type PutRequest,
  type RangeRequest,
} from '../api/kv-messages.js';
import { type RequestOp, type TxnRequest } from '../api/txn-messages.js';
import { type Member } from '../member/member.js';
import { checkIntervals } from '../txn/check-intervals.js';
import { checkDeleteRange, checkPut, checkRange, checkTxn } from '../txn/check-request.js';
import { withHeader } from './call-status.js';
import { checkStreamable, rangeParts } from './range-parts.js';
import { accessOf, parts, unary, type Caller, type Rpcs } from './rpc.js';

/** etcd's `--max-request-bytes`. */
export const maxRequestBytes = 1.5 * 1024 * 1024;

/** etcd measures the raft proposal, which wraps a request in its id and length. */
const proposalBytes = 16;

export const kvService: Rpcs = {
  Range: unary((member, request: RangeRequest, { metadata }) => {
    checkRange(request);
    accessOf(member, metadata).requireRange(request);
    return member.range(request);
  }),

  RangeStream: parts((member, request: RangeRequest, { metadata }) => {
    if (!member.rules.streamsRanges) throw new EtcdRefusal('unknownRangeStream');
    checkRange(request);
    checkStreamable(request);
    accessOf(member, metadata).requireRange(request);
    return rangeParts(withHeader(member, member.range(request)), maxRequestBytes);
  }),

  Put: unary((member, request: PutRequest, caller) => {
    checkPut(request);
    const access = accessOf(member, caller.metadata);
    requireProposable(caller);
    requireSpace(member);
    access.requirePut(request);
    return member.put(request);
  }),

  DeleteRange: unary((member, request: DeleteRangeRequest, caller) => {
    checkDeleteRange(request);
    const access = accessOf(member, caller.metadata);
    requireProposable(caller);
    access.requireDeleteRange(request);
    return member.deleteRange(request);
  }),

  Txn: unary((member, request: TxnRequest, caller) => {
    checkTxn(request);
    checkIntervals(request.success);
    checkIntervals(request.failure);
    const access = accessOf(member, caller.metadata);
    if (some(request, (op) => op.request !== 'request_range')) requireProposable(caller);
    if (some(request, (op) => op.request === 'request_put')) requireSpace(member);
    access.requireTxn(request);
    return member.txn(request);
  }),

  Compact: unary((member, request: CompactionRequest, { metadata }) => {
    const access = accessOf(member, metadata);
    if (member.rules.keepsCompactionToRoot) access.requireAdmin();
    member.compact(request);
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
  return [...request.success, ...request.failure].some((op) =>
    op.request === 'request_txn' ? some(op.request_txn, isWanted) : isWanted(op),
  );
}

import { EtcdRefusal } from '../api/etcd-error.js';
import {
  type DeleteRangeRequest,
  opsOf,
  type PutRequest,
  type RangeRequest,
  type RequestOp,
  type TxnRequest,
} from '../api/messages.js';
import { type Key, keyOf, type KeyRange, keyRangeOf, rangeContains } from '../mvcc/key-range.js';

/** etcd's `--max-txn-ops`. */
const maxTxnOps = 128;

const sortOrders: readonly string[] = ['NONE', 'ASCEND', 'DESCEND'];
const sortTargets: readonly string[] = ['KEY', 'VERSION', 'CREATE', 'MOD', 'VALUE'];

/** @throws EtcdRefusal: no key, or a sort option that does not exist. */
export function checkRange(request: RangeRequest): void {
  requireKey(request.key);
  const known =
    sortOrders.includes(request.sort_order) && sortTargets.includes(request.sort_target);
  if (!known) throw new EtcdRefusal('invalidSortOption');
}

/** @throws EtcdRefusal: no key, or a value or lease together with its `ignore_*` flag. */
export function checkPut(request: PutRequest): void {
  requireKey(request.key);
  if (request.ignore_value && request.value.length > 0) throw new EtcdRefusal('valueProvided');
  if (request.ignore_lease && request.lease !== '0') throw new EtcdRefusal('leaseProvided');
}

/** @throws EtcdRefusal: no key. */
export function checkDeleteRange(request: DeleteRangeRequest): void {
  requireKey(request.key);
}

/** @throws EtcdRefusal: too many operations over all levels, or an invalid operation. */
export function checkTxn(request: TxnRequest, opsLeft = maxTxnOps): void {
  const ops = Math.max(request.compare.length, request.success.length, request.failure.length);
  if (ops > opsLeft) throw new EtcdRefusal('tooManyOps');
  for (const compare of request.compare) requireKey(compare.key);
  for (const op of opsOf([...request.success, ...request.failure])) checkOp(op, opsLeft - ops);
}

function checkOp(op: RequestOp, opsLeft: number): void {
  switch (op.request) {
    case 'request_range':
      return checkRange(op.request_range);
    case 'request_put':
      return checkPut(op.request_put);
    case 'request_delete_range':
      return checkDeleteRange(op.request_delete_range);
    case 'request_txn':
      return checkTxn(op.request_txn, opsLeft);
    default:
      throw new EtcdRefusal('keyNotFound');
  }
}

function requireKey(key: Buffer): void {
  if (key.length === 0) throw new EtcdRefusal('emptyKey');
}

interface Writes {
  readonly puts: Set<Key>;
  readonly deletes: KeyRange[];
}

/**
 * A transaction may put a key only once and must not also delete it; the two branches of a nested transaction exclude
 * each other and may both put it (etcd's `checkIntervals`).
 * @throws EtcdRefusal `duplicate key given in txn request`
 */
export function checkIntervals(ops: readonly RequestOp[]): Writes {
  const writes: Writes = { puts: new Set(), deletes: deletesOf(ops) };
  for (const op of ops) {
    if (op.request !== 'request_txn') continue;
    const then = checkIntervals(opsOf(op.request_txn.success));
    const otherwise = checkIntervals(opsOf(op.request_txn.failure));
    for (const key of then.puts) addPut(writes, key);
    for (const key of otherwise.puts) if (!then.puts.has(key)) addPut(writes, key);
    writes.deletes.push(...then.deletes, ...otherwise.deletes);
  }
  for (const op of ops) if (op.request === 'request_put') addPut(writes, keyOf(op.request_put.key));
  return writes;
}

function addPut(writes: Writes, key: Key): void {
  const isDeleted = writes.deletes.some((range) => rangeContains(range, key));
  if (writes.puts.has(key) || isDeleted) throw new EtcdRefusal('duplicateKey');
  writes.puts.add(key);
}

/** An open end (one zero byte) compares as an empty interval here: etcd lets such a delete meet a put, and so does this. */
function deletesOf(ops: readonly RequestOp[]): KeyRange[] {
  const ranges: KeyRange[] = [];
  for (const op of ops) {
    if (op.request !== 'request_delete_range') continue;
    const { key, range_end } = op.request_delete_range;
    const range = keyRangeOf(key, range_end);
    if (range.kind !== 'from') ranges.push(range);
  }
  return ranges;
}

import { EtcdRefusal } from '../api/etcd-error.js';
import { type DeleteRangeRequest, type PutRequest, type RangeRequest } from '../api/kv-messages.js';
import { type RequestOp, type TxnRequest } from '../api/txn-messages.js';

/** etcd's `--max-txn-ops`. */
export const maxTxnOps = 128;

const sortOrders: readonly string[] = ['NONE', 'ASCEND', 'DESCEND'];
const sortTargets: readonly string[] = ['KEY', 'VERSION', 'CREATE', 'MOD', 'VALUE'];

/** @throws EtcdRefusal: no key, or a sort option that does not exist. */
export function checkRange(request: RangeRequest): void {
  requireKey(request.key);
  const known =
    sortOrders.includes(request.sort_order) && sortTargets.includes(request.sort_target);
  if (!known) throw new EtcdRefusal('invalidSortOption');
}

/** @throws EtcdRefusal: no key, or a value or lease given that is to be ignored. */
export function checkPut(request: PutRequest): void {
  requireKey(request.key);
  if (request.ignore_value && request.value.length > 0) throw new EtcdRefusal('valueProvided');
  if (request.ignore_lease && request.lease !== '0') throw new EtcdRefusal('leaseProvided');
}

/** @throws EtcdRefusal: no key. */
export function checkDeleteRange(request: DeleteRangeRequest): void {
  requireKey(request.key);
}

/** @throws EtcdRefusal: too many operations over all levels, or an operation that is wrong by itself. */
export function checkTxn(request: TxnRequest, opsLeft = maxTxnOps): void {
  const ops = Math.max(request.compare.length, request.success.length, request.failure.length);
  if (ops > opsLeft) throw new EtcdRefusal('tooManyOps');
  for (const compare of request.compare) requireKey(compare.key);
  for (const op of [...request.success, ...request.failure]) checkOp(op, opsLeft - ops);
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

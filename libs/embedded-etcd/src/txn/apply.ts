import { EtcdRefusal } from '../api/etcd-error.js';
import {
  type Compare,
  type DeleteRangeRequest,
  type DeleteRangeResponse,
  opsOf,
  type PutRequest,
  type PutResponse,
  type RequestOp,
  type ResponseOp,
  type TxnRequest,
  type TxnResponse,
} from '../api/messages.js';
import { keyOf, keyRangeOf } from '../mvcc/key-range.js';
import type { KeyValue } from '../mvcc/mutation.js';
import { answerRange, type ReadView } from '../mvcc/range-request.js';
import type { Store } from '../mvcc/store.js';
import type { WriteTxn } from '../mvcc/write-txn.js';
import type { VersionRules } from '../version-rules.js';

/** The leases that a write can refer to. */
export interface KnownLeases {
  has(id: string): boolean;
}

/**
 * Whether a put can be done; asked before anything is written.
 * @throws EtcdRefusal: unknown lease, or `ignore_*` on a key that does not exist.
 */
export function requirePuttable(
  view: Pick<Store, 'get'>,
  request: PutRequest,
  leases: KnownLeases,
): void {
  if (request.lease !== '0' && !leases.has(request.lease)) throw new EtcdRefusal('leaseNotFound');
  const needsPrevious = request.ignore_value || request.ignore_lease;
  if (needsPrevious && view.get(keyOf(request.key)) === undefined) {
    throw new EtcdRefusal('keyNotFound');
  }
}

/** Must not throw: other operations of its transaction may have written already. */
export function applyPut(txn: WriteTxn, request: PutRequest): PutResponse {
  const previous = txn.get(keyOf(request.key));
  // The transaction itself may have deleted, with an open range, what was there to be kept.
  const { value, lease } = previous ?? { value: Buffer.alloc(0), lease: '0' };
  txn.put(
    request.key,
    request.ignore_value ? value : request.value,
    request.ignore_lease ? lease : request.lease,
  );
  return { header: { revision: txn.revision }, prev_kv: request.prev_kv ? previous : undefined };
}

export function applyDeleteRange(txn: WriteTxn, request: DeleteRangeRequest): DeleteRangeResponse {
  const deleted = txn.delete(keyRangeOf(request.key, request.range_end));
  return {
    header: { revision: txn.revision },
    deleted: deleted.length,
    prev_kvs: request.prev_kv ? deleted : [],
  };
}

/**
 * Runs a transaction: every compare of every level first, then all checks, then the operations; so a refused
 * transaction has written nothing.
 * @throws EtcdRefusal when an operation of the chosen branches can't be done.
 */
export function applyTxn(
  store: Store,
  request: TxnRequest,
  leases: KnownLeases,
  rules: VersionRules,
): TxnResponse {
  const path = choose(store, request);
  checkOps(path, (op) => {
    if (op.request === 'request_put') requirePuttable(store, op.request_put, leases);
  });
  checkOps(path, (op) => {
    if (op.request === 'request_range') store.requireReadable(Number(op.request_range.revision));
  });
  return store.write((txn) => {
    const response = runPath(txn, path, rules);
    return { ...response, header: { revision: txn.revision } };
  });
}

/** A transaction with its branch decided, and those of the transactions inside it. */
interface Path {
  readonly succeeded: boolean;
  readonly ops: readonly RequestOp[];
  readonly nested: ReadonlyMap<RequestOp, Path>;
}

function choose(view: ReadView, request: TxnRequest): Path {
  const succeeded = comparesHold(view, request);
  const ops = opsOf(succeeded ? request.success : request.failure);
  const nested = new Map<RequestOp, Path>();
  for (const op of ops) {
    if (op.request === 'request_txn') nested.set(op, choose(view, op.request_txn));
  }
  return { succeeded, ops, nested };
}

function checkOps(path: Path, check: (op: RequestOp) => void): void {
  for (const op of path.ops) {
    const nested = path.nested.get(op);
    if (nested !== undefined) checkOps(nested, check);
    else check(op);
  }
}

function runPath(txn: WriteTxn, path: Path, rules: VersionRules): TxnResponse {
  const responses = path.ops.map((op) => runOp(txn, op, path.nested.get(op), rules));
  return { header: {}, succeeded: path.succeeded, responses };
}

function runOp(
  txn: WriteTxn,
  op: RequestOp,
  nested: Path | undefined,
  rules: VersionRules,
): ResponseOp {
  switch (op.request) {
    case 'request_range':
      return { response_range: answerRange(txn, op.request_range, rules) };
    case 'request_put':
      return { response_put: applyPut(txn, op.request_put) };
    case 'request_delete_range':
      return { response_delete_range: applyDeleteRange(txn, op.request_delete_range) };
    case 'request_txn':
      return { response_txn: runPath(txn, nested!, rules) };
    default:
      throw new TypeError('checkTxn lets no empty operation pass');
  }
}

/** Whether all compares of a transaction hold. */
function comparesHold(view: ReadView, request: TxnRequest): boolean {
  return request.compare.every((compare) => compareHolds(view, compare));
}

/** Over a range every key has to hold; a key that does not exist counts as all zero, and never holds for a value. */
function compareHolds(view: ReadView, compare: Compare): boolean {
  const kvs = view.range(keyRangeOf(compare.key, compare.range_end));
  if (kvs.length > 0) return kvs.every((kv) => resultHolds(compare, difference(compare, kv)));
  return compare.target !== 'VALUE' && resultHolds(compare, difference(compare, absent));
}

const absent = { version: 0, create_revision: 0, mod_revision: 0, lease: '0' };

/** Negative, zero or positive, as the key's side is less, equal or greater. */
function difference(compare: Compare, kv: Partial<KeyValue>): number {
  switch (compare.target) {
    case 'VERSION':
      return compareInt64(kv.version, compare.version);
    case 'CREATE':
      return compareInt64(kv.create_revision, compare.create_revision);
    case 'MOD':
      return compareInt64(kv.mod_revision, compare.mod_revision);
    case 'LEASE':
      return compareInt64(kv.lease, compare.lease);
    case 'VALUE':
      return Buffer.compare(kv.value ?? Buffer.alloc(0), compare.value ?? Buffer.alloc(0));
    default:
      return 0;
  }
}

/** Lease ids use all 63 bits, more than a number holds. */
function compareInt64(left: number | string = 0, right: number | string = 0): number {
  const [a, b] = [BigInt(left), BigInt(right)];
  return a < b ? -1 : a > b ? 1 : 0;
}

function resultHolds({ result }: Compare, difference: number): boolean {
  switch (result) {
    case 'EQUAL':
      return difference === 0;
    case 'NOT_EQUAL':
      return difference !== 0;
    case 'GREATER':
      return difference > 0;
    case 'LESS':
      return difference < 0;
    default:
      return true;
  }
}

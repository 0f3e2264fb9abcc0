import { EtcdRefusal } from '../api/etcd-error.js';
import { type RequestOp } from '../api/txn-messages.js';
import { keyOf, type Key } from '../mvcc/key.js';
import { keyRangeOf, rangeContains, type KeyRange } from '../mvcc/key-range.js';

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
    const then = checkIntervals(op.request_txn.success);
    const otherwise = checkIntervals(op.request_txn.failure);
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

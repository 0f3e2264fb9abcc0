import { type KeyValue } from '../api/kv-messages.js';
import { type Compare, type TxnRequest } from '../api/txn-messages.js';
import { keyRangeOf } from '../mvcc/key-range.js';
import { type ReadView } from '../mvcc/range-request.js';

/** Whether all compares of a transaction hold. */
export function comparesHold(view: ReadView, request: TxnRequest): boolean {
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

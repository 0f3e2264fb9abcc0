import { EtcdRefusal } from '../api/etcd-error.js';
import { type KeyValue, type RangeRequest, type RangeResponse } from '../api/kv-messages.js';

/** How many keys the first part has. */
const FIRST_KEYS = 10;
/** Of the fields of an entry besides its key and value, about. */
const FIELDS_BYTES = 30;

/** @throws EtcdRefusal for what etcd answers as a whole only. */
export function checkStreamable(request: RangeRequest): void {
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
export function* rangeParts(
  { kvs, ...whole }: RangeResponse,
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

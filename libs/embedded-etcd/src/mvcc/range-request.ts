import { type KeyValue } from './mutation.js';
import { type RangeRequest, type ResponseHeader } from '../api/messages.js';
import type { VersionRules } from '../version-rules.js';
import { keyRangeOf, type KeyRange } from './key-range.js';

/** Source of a range: the store, or a transaction that sees its own writes. */
export interface ReadView {
  readonly revision: number;
  range(range: KeyRange, revision?: number): KeyValue[];
}

export interface RangeAnswer {
  readonly header: ResponseHeader;
  readonly kvs: readonly Partial<KeyValue>[];
  readonly more: boolean;
  readonly count: number;
}

/**
 * Answers a range over a view, in etcd's order of steps: limit, filter by revision, sort, cut off, strip values. The
 * caller has checked the revision.
 */
export function answerRange(
  view: ReadView,
  request: RangeRequest,
  { tellsLeasesOfKeysOnly }: Pick<VersionRules, 'tellsLeasesOfKeysOnly'>,
): RangeAnswer {
  const found = view.range(keyRangeOf(request.key, request.range_end), Number(request.revision));
  const header = { revision: view.revision };
  if (request.count_only) return { header, kvs: [], more: false, count: found.length };

  const limit = Math.max(0, Number(request.limit));
  const kept = sorted(filtered(prelimited(found, request, limit), request), request);
  const more = limit > 0 && kept.length > limit;
  const kvs = more ? kept.slice(0, limit) : kept;
  return {
    header,
    kvs: request.keys_only ? kvs.map((kv) => keyOnly(kv, tellsLeasesOfKeysOnly)) : kvs,
    more,
    count: found.length,
  };
}

function keyOnly(kv: KeyValue, tellsLease: boolean) {
  return { ...kv, value: undefined, lease: tellsLease ? kv.lease : '0' };
}

/** Without a sort order or filter etcd fetches only one key more than asked, even if it then sorts by another target. */
function prelimited(kvs: KeyValue[], request: RangeRequest, limit: number): KeyValue[] {
  const fetchesAll = request.sort_order !== 'NONE' || hasFilter(request);
  return limit === 0 || fetchesAll ? kvs : kvs.slice(0, limit + 1);
}

function hasFilter(request: RangeRequest): boolean {
  return [
    request.min_mod_revision,
    request.max_mod_revision,
    request.min_create_revision,
    request.max_create_revision,
  ].some((bound) => bound !== '0');
}

function filtered(kvs: KeyValue[], request: RangeRequest): KeyValue[] {
  if (!hasFilter(request)) return kvs;
  const [minMod, maxMod] = [request.min_mod_revision, request.max_mod_revision].map(Number);
  const [minCreate, maxCreate] = [request.min_create_revision, request.max_create_revision].map(
    Number,
  );
  const within = (revision: number, min = 0, max = 0) =>
    (min === 0 || revision >= min) && (max === 0 || revision <= max);
  return kvs.filter(
    (kv) =>
      within(kv.mod_revision, minMod, maxMod) && within(kv.create_revision, minCreate, maxCreate),
  );
}

const order: Record<RangeRequest['sort_target'], (a: KeyValue, b: KeyValue) => number> = {
  KEY: (a, b) => Buffer.compare(a.key, b.key),
  VERSION: (a, b) => a.version - b.version,
  CREATE: (a, b) => a.create_revision - b.create_revision,
  MOD: (a, b) => a.mod_revision - b.mod_revision,
  VALUE: (a, b) => Buffer.compare(a.value, b.value),
};

function sorted(kvs: KeyValue[], request: RangeRequest): KeyValue[] {
  const { sort_order: sortOrder, sort_target: target } = request;
  if (target === 'KEY' && sortOrder !== 'DESCEND') return kvs;
  const compare = order[target];
  return kvs.toSorted(sortOrder === 'DESCEND' ? (a, b) => compare(b, a) : compare);
}

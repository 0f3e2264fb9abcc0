import { b } from './bytes.js';
import { type Step } from './pair.js';
import { type SeededRandom } from './seeded-random.js';

/** Few keys and leases, so that operations meet. Twelve at most: etcd's sort keeps the order of ties only up to there. */
const keys = ['a', 'a/1', 'a/2', 'b', 'b\0', 'b\xff', 'c', 'd'];
const rangeEnds = ['', '', '', 'b', 'c', 'z', 'a0', '\0'];
const leases = [101, 102, 103];

/** A random call. @param revision about where the store is, so that old, current and future revisions come up. */
export function randomStep(random: SeededRandom, revision: number): Step {
  const kind = random.below(100);
  if (kind < 30) return ['Put', put(random, true)];
  if (kind < 42) return ['DeleteRange', remove(random, true)];
  if (kind < 62) return ['Range', range(random, revision)];
  if (kind < 85) return ['Txn', txn(random, revision, random.chance(0.5), 2)];
  if (kind < 91) return ['LeaseGrant', { TTL: 1000 + random.below(100), ID: random.pick(leases) }];
  if (kind < 95) return ['LeaseRevoke', { ID: random.pick(leases) }];
  if (kind < 98) return ['LeaseLeases'];
  return ['Compact', { revision: Math.max(0, revision - 15 + random.below(17)) }];
}

/** A random watch. */
export function randomWatch(random: SeededRandom, revision: number): object {
  const start_revision = random.chance(0.5) ? 0 : Math.max(1, revision - 20 + random.below(25));
  const filters = random.chance(0.3) ? [random.pick(['NOPUT', 'NODELETE'])] : [];
  return { ...interval(random), start_revision, filters, prev_kv: random.chance(0.5) };
}

/**
 * Leaves an empty range end out: one that is on the wire, if only as no bytes, etcd takes for an open one where it reads
 * without a proposal.
 */
function interval(random: SeededRandom, mayBeOpen = true): object {
  const key = b(random.pick(keys));
  const end = random.pick(rangeEnds);
  return end === '' || (end === '\0' && !mayBeOpen) ? { key } : { key, range_end: b(end) };
}

function put(random: SeededRandom, mayIgnore: boolean) {
  return {
    key: b(random.pick(keys)),
    value: random.chance(0.9) ? b(String(random.below(5))) : b(''),
    lease: random.chance(0.3) ? random.pick(leases) : 0,
    prev_kv: random.chance(0.3),
    ignore_value: mayIgnore && random.chance(0.08),
    ignore_lease: mayIgnore && random.chance(0.08),
  };
}

function remove(random: SeededRandom, mayBeOpen: boolean) {
  return { ...interval(random, mayBeOpen), prev_kv: random.chance(0.5) };
}

function range(random: SeededRandom, revision: number) {
  const bound = () => (random.chance(0.1) ? Math.max(0, revision - random.below(20)) : 0);
  return {
    ...interval(random),
    limit: random.pick([0, 0, 1, 2, 5]),
    revision: random.chance(0.5) ? 0 : Math.max(0, revision - 15 + random.below(17)),
    sort_order: random.pick(['NONE', 'NONE', 'ASCEND', 'DESCEND']),
    sort_target: random.pick(['KEY', 'VERSION', 'CREATE', 'MOD', 'VALUE']),
    keys_only: random.chance(0.1),
    count_only: random.chance(0.1),
    min_mod_revision: bound(),
    max_mod_revision: bound(),
    min_create_revision: bound(),
    max_create_revision: bound(),
  };
}

function compare(random: SeededRandom, revision: number) {
  const about = random.chance(0.5) ? random.below(4) : Math.max(0, revision - random.below(10));
  return {
    ...interval(random),
    result: random.pick(['EQUAL', 'GREATER', 'LESS', 'NOT_EQUAL']),
    ...random.pick([
      { target: 'VERSION', version: random.below(4) },
      { target: 'CREATE', create_revision: about },
      { target: 'MOD', mod_revision: about },
      { target: 'VALUE', value: b(String(random.below(5))) },
      { target: 'LEASE', lease: random.pick([0, ...leases]) },
    ]),
  };
}

/** @param mayIgnore whether puts may keep what is there; a delete with an open end that took it away would crash etcd. */
function txn(random: SeededRandom, revision: number, mayIgnore: boolean, depth: number): object {
  const list = <T>(longest: number, make: () => T) =>
    Array.from({ length: random.below(longest + 1) }, make);
  const op = () => {
    const kind = random.below(10);
    if (kind < 3) return { request_range: range(random, revision) };
    if (kind < 7) return { request_put: put(random, mayIgnore) };
    if (kind < 9 || depth === 0) return { request_delete_range: remove(random, !mayIgnore) };
    return { request_txn: txn(random, revision, mayIgnore, depth - 1) };
  };
  return {
    compare: list(2, () => compare(random, revision)),
    success: list(3, op),
    failure: list(3, op),
  };
}

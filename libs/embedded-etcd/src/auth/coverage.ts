import { type Permission } from '../api/auth-messages.js';
import { type Key } from '../mvcc/key.js';
import { bounds, keyRangeOf, type KeyRange } from '../mvcc/key-range.js';

/** Whether the permissions, taken together, allow the access on every key of the range. */
export function permissionsCover(
  permissions: readonly Permission[],
  access: 'READ' | 'WRITE',
  range: KeyRange,
): boolean {
  const [begin, end] = bounds(range);
  let covered: Key = begin;
  for (const [from, to] of allowed(permissions, access)) {
    if (from > covered) return false;
    if (to === undefined) return true;
    if (to > covered) covered = to;
    if (end !== undefined && covered >= end) return true;
  }
  return false;
}

function allowed(permissions: readonly Permission[], access: 'READ' | 'WRITE') {
  return permissions
    .filter(({ permType }) => permType === access || permType === 'READWRITE')
    .map(({ key, range_end }) => bounds(keyRangeOf(key, range_end)))
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

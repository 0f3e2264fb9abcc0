/**
 * A key inside the store: its bytes as one latin1 character each, so that `<` orders keys bytewise and a Map finds
 * them.
 */
export type Key = string;

export function keyOf(bytes: Buffer): Key {
  return bytes.toString('latin1');
}

export function bytesOf(key: Key): Buffer {
  return Buffer.from(key, 'latin1');
}

/** The keys of a request. `end` is exclusive. */
export type KeyRange =
  | { readonly kind: 'single'; readonly key: Key }
  | { readonly kind: 'interval'; readonly begin: Key; readonly end: Key }
  | { readonly kind: 'from'; readonly begin: Key };

/** etcd's rule: no range end means one key, a range end of one zero byte means every key from `key` on. */
export function keyRangeOf(key: Buffer, rangeEnd: Buffer): KeyRange {
  const begin = keyOf(key);
  if (rangeEnd.length === 0) return { kind: 'single', key: begin };
  if (rangeEnd.length === 1 && rangeEnd[0] === 0) return { kind: 'from', begin };
  return { kind: 'interval', begin, end: keyOf(rangeEnd) };
}

export function rangeContains(range: KeyRange, key: Key): boolean {
  switch (range.kind) {
    case 'single':
      return key === range.key;
    case 'interval':
      return range.begin <= key && key < range.end;
    case 'from':
      return range.begin <= key;
  }
}

/** A range as `[begin, end)`; without an end it reaches to the last key. */
export function bounds(range: KeyRange): readonly [begin: Key, end: Key | undefined] {
  switch (range.kind) {
    case 'single':
      return [range.key, `${range.key}\0`];
    case 'interval':
      return [range.begin, range.end];
    case 'from':
      return [range.begin, undefined];
  }
}

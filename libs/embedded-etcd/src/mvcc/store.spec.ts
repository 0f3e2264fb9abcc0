import { beforeEach, describe, expect, it } from '@jest/globals';
import { b } from '../spec/bytes.js';
import { keyOf, type KeyRange } from './key-range.js';
import type { Mutation } from './mutation.js';
import { Store } from './store.js';

const all: KeyRange = { kind: 'from', begin: '' };

describe('Store', () => {
  let store: Store;
  let written: (readonly Mutation[])[];

  beforeEach(() => {
    written = [];
    store = new Store({
      leaseChanged: () => undefined,
      written: (mutations) => written.push(mutations),
    });
  });

  const put = (key: string, value: string) => store.write((txn) => txn.put(b(key), b(value), '0'));
  const remove = (key: string) => store.write((txn) => txn.delete({ kind: 'single', key }));
  const values = (revision?: number) =>
    Object.fromEntries(
      store.range(all, revision).map(({ key, value }) => [keyOf(key), value.toString()]),
    );

  it('begins at revision 1 and raises it once per transaction that writes', () => {
    expect(store.revision).toBe(1);
    store.write((txn) => {
      txn.put(b('a'), b('1'), '0');
      txn.put(b('b'), b('1'), '0');
    });
    expect(store.revision).toBe(2);
    store.write(() => undefined);
    remove('missing');
    expect(store.revision).toBe(2);
    expect(written).toHaveLength(1);
  });

  it('reads every revision until it is compacted', () => {
    put('a', '1');
    put('a', '2');
    remove('a');
    put('a', '3');
    expect([1, 2, 3, 4, 5].map(values)).toEqual([{}, { a: '1' }, { a: '2' }, {}, { a: '3' }]);
    store.compact(3);
    expect(() => store.requireReadable(2)).toThrow('required revision has been compacted');
    expect([3, 4, 5].map(values)).toEqual([{ a: '2' }, {}, { a: '3' }]);
  });

  it('begins a key anew after it was deleted', () => {
    put('a', '1');
    remove('a');
    put('a', '2');
    expect(store.get('a')).toMatchObject({ create_revision: 4, mod_revision: 4, version: 1 });
  });

  it('forgets deleted keys and older values with a compaction', () => {
    put('a', '1');
    put('a', '2');
    put('gone', '1');
    remove('gone');
    put('b', '1');
    store.compact(5);
    expect(store.mutationsFrom(0).map(({ key, revision }) => `${key}@${revision}`)).toEqual([
      'a@3',
      'b@6',
    ]);
  });

  it('orders keys bytewise, whatever order they came in', () => {
    for (const key of ['b', 'a\xff', 'a', '\0', 'a\0']) put(key, '');
    expect(store.range(all).map(({ key }) => keyOf(key))).toEqual(['\0', 'a', 'a\0', 'a\xff', 'b']);
  });

  it('tells the mutations of at most so many revisions, each whole', () => {
    put('a', '1');
    store.write((txn) => {
      txn.put(b('b'), b('1'), '0');
      txn.put(b('c'), b('1'), '0');
    });
    put('d', '1');
    expect(store.mutationsFrom(2, 2).map(({ key }) => key)).toEqual(['a', 'b', 'c']);
    expect(store.mutationsFrom(3, 1).map(({ key }) => key)).toEqual(['b', 'c']);
  });

  it('is the same after its contents are read back', () => {
    put('a', '1');
    put('a', '2');
    store.compact(2);
    const copy = new Store(
      { leaseChanged: () => undefined, written: () => undefined },
      store.contents(),
    );
    expect(copy.revision).toBe(3);
    expect(copy.compactRevision).toBe(2);
    expect(copy.range(all, 2)).toEqual(store.range(all, 2));
  });
});

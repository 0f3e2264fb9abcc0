import { describe, expect, it } from '@jest/globals';
import { b, fromKey } from '../spec/bytes.js';
import { keyRangeOf, rangeContains } from './key-range.js';

describe('a key range', () => {
  it.each([
    ['a', '', ['a'], ['', 'a\0', 'b']],
    ['a', 'b', ['a', 'a\xff\xff'], ['b', 'A', '']],
    ['a', '\0', ['a', 'b', '\xff'], ['A', '']],
    ['b', 'a', [], ['a', 'b', 'aa']],
  ])('from %j to %j contains %j and not %j', (key, end, inside, outside) => {
    const range = keyRangeOf(b(key), b(end));
    expect(inside.filter((each) => !rangeContains(range, each))).toEqual([]);
    expect(outside.filter((each) => rangeContains(range, each))).toEqual([]);
  });

  it('with an end of one zero byte has no end', () => {
    expect(keyRangeOf(b('a'), fromKey)).toEqual({ kind: 'from', begin: 'a' });
  });
});

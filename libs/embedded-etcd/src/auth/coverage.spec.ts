import { describe, expect, it } from '@jest/globals';
import { type Permission, type PermissionType } from '../api/messages.js';
import { keyRangeOf } from '../mvcc/key-range.js';
import { b } from '../spec/bytes.js';
import { permissionsCover } from './access.js';

const grant = (permType: PermissionType, key: string, end = ''): Permission => ({
  permType,
  key: b(key),
  range_end: b(end),
});

describe('permissions', () => {
  it.each([
    ['a range inside one', [grant('READ', 'a', 'd')], 'b', 'c', true],
    [
      'a range over two that meet',
      [grant('READ', 'b', 'd'), grant('READWRITE', 'a', 'b')],
      'a',
      'd',
      true,
    ],
    [
      'a range over two that overlap',
      [grant('READ', 'a', 'c'), grant('READ', 'b', 'd')],
      'a',
      'd',
      true,
    ],
    ['a range with a gap', [grant('READ', 'a', 'b'), grant('READ', 'c', 'd')], 'a', 'd', false],
    ['a range beyond the end', [grant('READ', 'a', 'c')], 'a', 'd', false],
    ['everything from a key on', [grant('READ', 'a', '\0')], 'b', '\0', true],
    ['an open range by a closed one', [grant('READ', 'a', 'z')], 'b', '\0', false],
    ['one key by itself', [grant('READ', 'a')], 'a', '', true],
    ['a range by one key', [grant('READ', 'a')], 'a', 'b', false],
    ['a read by a permission to write', [grant('WRITE', 'a')], 'a', '', false],
    ['anything by nothing', [], 'a', '', false],
  ])('for %s', (_, permissions, key, end, isCovered) => {
    expect(permissionsCover(permissions, 'READ', keyRangeOf(b(key), b(end)))).toBe(isCovered);
  });
});

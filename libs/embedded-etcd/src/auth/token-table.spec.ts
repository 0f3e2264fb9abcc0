import { expect, it } from '@jest/globals';
import { TokenTable } from './token-table.js';

it('a token is valid for five minutes after each use', () => {
  let now = 0;
  const tokens = new TokenTable(
    [],
    () => now,
    () => undefined,
  );
  const token = tokens.issue('ann');
  now += 300_000;
  expect(tokens.all()).toEqual([{ token, user: 'ann' }]);
  expect(tokens.userOf(token)).toBe('ann');
  now += 300_000;
  expect(tokens.userOf(token)).toBe('ann');
  now += 300_001;
  expect(tokens.all()).toEqual([]);
  expect(tokens.userOf(token)).toBeUndefined();
});

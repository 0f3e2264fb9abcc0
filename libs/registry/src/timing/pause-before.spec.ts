import { expect, it } from '@jest/globals';
import { pauseBefore } from './pause-before.js';

it.each([
  [10_000, 500],
  [7_500, 375],
  [4_000, 200],
  [100, 200],
  [0, 200],
])('waits, with %i ms left, %i ms', (left, pause) => {
  expect(pauseBefore(left)).toBe(pause);
});

import { expect, it } from '@jest/globals';
import { pauseBefore } from './wait.js';

it.each([
  [20_000, 1_000],
  [10_000, 500],
  [4_000, 300],
  [0, 300],
])('waits, with %i ms left, %i ms', (left, pause) => {
  expect(pauseBefore(left)).toBe(pause);
});

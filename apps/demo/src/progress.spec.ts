import { expect, it } from '@jest/globals';
import { Progress } from './progress.js';

it('tells which part plays and how long the rest takes, by how long the others took', () => {
  let now = 0;
  const progress = new Progress([10, 10, 20], () => now);
  expect([progress.place, progress.secondsLeft]).toEqual(['[1/3]', 40]);
  now = 4_000;
  expect(progress.secondsLeft).toBe(36);
  now = 20_000;
  progress.next();
  expect([progress.place, progress.secondsLeft]).toEqual(['[2/3]', 38]);
  now = 30_000;
  expect(progress.secondsLeft).toBe(28);
  // A part that takes longer than it should leaves never less than a second.
  now = 200_000;
  expect(progress.secondsLeft).toBe(1);
});

import { describe, expect, it } from '@jest/globals';
import { TurnSchedule } from './turn-schedule.js';

const noChance = () => 0;
const entrants = (weights: Record<string, number>) =>
  Object.entries(weights).map(([item, weight]) => ({ item, weight }));
const turns = (schedule: TurnSchedule<string>, count: number) =>
  Array.from({ length: count }, () => schedule.next()).join('');
function tally(text: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of text) counts[item] = (counts[item] ?? 0) + 1;
  return counts;
}

describe('a schedule of turns', () => {
  it('rotates when weights are equal', () => {
    const schedule = new TurnSchedule(entrants({ a: 7, b: 7, c: 7 }), noChance);
    expect(turns(schedule, 9)).toBe('abcabcabc');
  });

  it('spreads turns of unequal weights evenly', () => {
    const schedule = new TurnSchedule(entrants({ a: 1, b: 2, c: 3 }), noChance);
    expect(turns(schedule, 12)).toBe('abccbcabccbc');
  });

  it.each([
    [{ a: 1, b: 2, c: 3 }],
    [{ a: 5, b: 1, c: 1 }],
    [{ a: 49, b: 98, c: 3, d: 17 }],
    [{ a: 65_535, b: 1 }],
  ])('gives exact shares of %j in every round, with any phases', (weights) => {
    let seed = 1;
    const chance = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    const schedule = new TurnSchedule(entrants(weights), chance);
    const round = Object.values(weights).reduce((sum, weight) => sum + weight);
    for (let i = 0; i < 3; i++) expect(tally(turns(schedule, round))).toEqual(weights);
  });

  it('starts where chance says', () => {
    const chances = [0.9, 0.1, 0.5];
    const schedule = new TurnSchedule(entrants({ a: 1, b: 1, c: 1 }), () => chances.shift()!);
    expect(turns(schedule, 6)).toBe('bcabca');
  });

  it('goes on where its predecessor stopped', () => {
    const first = new TurnSchedule(entrants({ a: 1, b: 1, c: 1 }), noChance);
    expect(turns(first, 4)).toBe('abca');
    const second = new TurnSchedule(entrants({ a: 1, b: 1, c: 1 }), noChance, first);
    expect(turns(second, 6)).toBe('bcabca');
  });

  it('keeps the rotation of the others when one leaves or joins', () => {
    const first = new TurnSchedule(entrants({ a: 1, b: 1, c: 1 }), noChance);
    expect(turns(first, 4)).toBe('abca');
    const left = new TurnSchedule(entrants({ a: 1, c: 1 }), noChance, first);
    expect(turns(left, 3)).toBe('cac');
    const joined = new TurnSchedule(entrants({ a: 1, c: 1, d: 1 }), () => 0.5, left);
    expect(turns(joined, 6)).toBe('dacdac');
  });

  it('takes over a new weight', () => {
    const first = new TurnSchedule(entrants({ a: 1, b: 1 }), noChance);
    expect(turns(first, 3)).toBe('aba');
    const second = new TurnSchedule(entrants({ a: 1, b: 4 }), noChance, first);
    expect(turns(second, 10)).toBe('bbbbabbbba');
  });
});

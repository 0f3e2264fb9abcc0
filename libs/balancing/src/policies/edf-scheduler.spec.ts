import { describe, expect, it } from '@jest/globals';
import { seeded, tally } from '../spec/random.js';
import { EdfScheduler } from './edf-scheduler.js';

const noChance = () => 0;
function scheduled(weights: Record<string, number>, random = noChance): EdfScheduler<string> {
  const schedule = new EdfScheduler<string>(random);
  update(schedule, weights);
  return schedule;
}
function update(schedule: EdfScheduler<string>, weights: Record<string, number>): void {
  schedule.update(Object.keys(weights), (item) => weights[item]!);
}
const turns = (schedule: EdfScheduler<string>, count: number) =>
  Array.from({ length: count }, () => schedule.next()).join('');

describe('an EDF scheduler', () => {
  it('rotates when weights are equal', () => {
    const schedule = scheduled({ a: 7, b: 7, c: 7 });
    expect(turns(schedule, 9)).toBe('abcabcabc');
  });

  it('spreads turns of unequal weights evenly', () => {
    const schedule = scheduled({ a: 1, b: 2, c: 3 });
    expect(turns(schedule, 12)).toBe('abccbcabccbc');
  });

  it.each([
    [{ a: 1, b: 2, c: 3 }],
    [{ a: 5, b: 1, c: 1 }],
    [{ a: 49, b: 98, c: 3, d: 17 }],
    [{ a: 65_535, b: 1 }],
  ])('gives exact shares of %j in every round, with any phases', (weights) => {
    const schedule = scheduled(weights, seeded());
    const round = Object.values(weights).reduce((sum, weight) => sum + weight);
    for (let i = 0; i < 3; i++) expect(tally(turns(schedule, round))).toEqual(weights);
  });

  it('starts at a random phase', () => {
    const chances = [0.9, 0.1, 0.5];
    const schedule = scheduled({ a: 1, b: 1, c: 1 }, () => chances.shift()!);
    expect(turns(schedule, 6)).toBe('bcabca');
  });

  it('continues where it stopped if nothing has changed', () => {
    const schedule = scheduled({ a: 1, b: 1, c: 1 });
    expect(turns(schedule, 4)).toBe('abca');
    update(schedule, { c: 1, b: 1, a: 1 });
    expect(turns(schedule, 6)).toBe('bcabca');
  });

  it('keeps the rotation of the others when one leaves or joins', () => {
    const chances = [0, 0, 0, 0.5];
    const schedule = scheduled({ a: 1, b: 1, c: 1 }, () => chances.shift()!);
    expect(turns(schedule, 4)).toBe('abca');
    update(schedule, { a: 1, c: 1 });
    expect(turns(schedule, 3)).toBe('cac');
    update(schedule, { a: 1, c: 1, d: 1 });
    expect(turns(schedule, 6)).toBe('dacdac');
  });

  it('applies a new weight', () => {
    const schedule = scheduled({ a: 1, b: 1 });
    expect(turns(schedule, 3)).toBe('aba');
    update(schedule, { a: 1, b: 4 });
    expect(turns(schedule, 10)).toBe('bbbbabbbba');
  });

  it('gives exact shares after any number of changes', () => {
    const random = seeded();
    const schedule = new EdfScheduler<string>(random);
    let weights: Record<string, number> = {};
    for (let i = 0; i < 300; i++) {
      const all = [...'abcdefghij'].map((item) => [item, 1 + Math.floor(random() * 9)] as const);
      weights = Object.fromEntries(all.filter(([item]) => item === 'a' || random() < 0.6));
      update(schedule, weights);
      turns(schedule, Math.floor(random() * 20));
    }
    // Up to one turn more or less, by the phases at which the round begins.
    const round = Object.values(weights).reduce((sum, weight) => sum + weight);
    const counts = tally(turns(schedule, 10 * round));
    for (const [item, weight] of Object.entries(weights)) {
      expect(Math.abs(counts[item]! - 10 * weight)).toBeLessThanOrEqual(1);
    }
    expect(Object.keys(counts).sort()).toEqual(Object.keys(weights).sort());
  });
});

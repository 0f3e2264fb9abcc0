import { describe, expect, it } from '@jest/globals';
import { seeded, tally } from '../spec/random.js';
import { Rotation } from './round-robin.js';

const turns = (rotation: Rotation<string>, count: number) =>
  Array.from({ length: count }, () => rotation.next()).join('');
function rotating(items: string, random = seeded()): Rotation<string> {
  const rotation = new Rotation<string>(random);
  rotation.update([...items]);
  return rotation;
}

describe('a rotation', () => {
  it('gives each a turn, repeatedly, in a random order', () => {
    const rotation = rotating('abcde');
    const round = turns(rotation, 5);
    expect([...round].sort().join('')).toBe('abcde');
    expect(turns(rotation, 10)).toBe(round + round);
    const random = seeded();
    const orders = Array.from({ length: 600 }, () => turns(rotating('abc', random), 3));
    const counts = Object.values(tally(orders));
    expect(counts).toHaveLength(6);
    expect(Math.min(...counts)).toBeGreaterThan(70);
  });

  it('continues where it stopped if nothing has changed', () => {
    const rotation = rotating('abcd');
    const round = turns(rotation, 4);
    expect(turns(rotation, 2)).toBe(round.slice(0, 2));
    rotation.update([...'dcba']);
    expect(turns(rotation, 4)).toBe(round.slice(2) + round.slice(0, 2));
  });

  it('keeps order and place of the others when one leaves', () => {
    const rotation = rotating('abcd');
    const round = turns(rotation, 4);
    turns(rotation, 2);
    rotation.update([...round].filter((item) => item !== round[2]));
    expect(turns(rotation, 3)).toBe(round[3]! + round[0]! + round[1]!);
  });

  it('keeps order and place of the others when one joins at a random place', () => {
    const random = seeded();
    const places = Array.from({ length: 400 }, () => {
      const rotation = rotating('abc', random);
      const round = turns(rotation, 3);
      turns(rotation, 1);
      rotation.update([...'dabc']);
      const next = turns(rotation, 4);
      expect(next.replace('d', '')).toBe(round.slice(1) + round[0]!);
      return next.indexOf('d');
    });
    const counts = Object.values(tally(places.map(String)));
    expect(counts).toHaveLength(4);
    expect(Math.min(...counts)).toBeGreaterThan(70);
  });

  it('skips the item to avoid, unless it is the only one', () => {
    const rotation = rotating('ab');
    const first = turns(rotation, 2)[0]!;
    expect(rotation.next(first)).not.toBe(first);
    expect(rotating('a').next('a')).toBe('a');
  });
});

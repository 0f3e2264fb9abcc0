import { describe, expect, it } from '@jest/globals';
import { seeded } from '../spec/random.js';
import { HashTable } from './hash-table.js';

const SIZE = 512;
const same = () => 1;

function tableOf(items: readonly string[], weightOf: (item: string) => number = same) {
  const table = new HashTable<string>(SIZE, (item) => item);
  table.update(items, weightOf);
  return table;
}
const ownersIn = (table: HashTable<string>) =>
  Array.from({ length: SIZE }, (_, slot) => table.owner(slot));

describe('a hash table', () => {
  it('gives the slots to the same owners after any history of joins, leaves and weights', () => {
    const random = seeded();
    const table = new HashTable<string>(SIZE, (item) => item);
    for (let round = 0; round < 60; round++) {
      const items = [...'abcdefghijkl'].filter((item) => item === 'a' || random() < 0.7);
      const weights = new Map(items.map((item) => [item, random() < 0.9 ? 1 : 3]));
      const weightOf = (item: string) => weights.get(item)!;
      table.update(items, weightOf);
      // Some slots are looked up now, others only after further changes.
      const asked = Array.from({ length: SIZE }, (_, slot) => slot).filter(() => random() < 0.3);
      const fresh = tableOf(items, weightOf);
      expect(asked.map((slot) => table.owner(slot))).toEqual(
        asked.map((slot) => fresh.owner(slot)),
      );
    }
  });

  it('distributes the slots of an owner that leaves over all others, and moves no other', () => {
    const table = tableOf([...'abcd']);
    const before = ownersIn(table);
    table.update([...'abd'], same);
    const after = ownersIn(table);
    const moved = before.filter((owner, slot) => owner !== after[slot]);
    expect(new Set(moved)).toEqual(new Set('c'));
    expect(new Set(after.filter((_, slot) => before[slot] === 'c'))).toEqual(new Set('abd'));
  });

  it('is the same for owners listed in another order', () => {
    expect(ownersIn(tableOf([...'dcba']))).toEqual(ownersIn(tableOf([...'abcd'])));
  });
});

import { expect, it } from '@jest/globals';
import { LeaseLedger } from './lease-ledger.js';

it('the ledger knows which leases there were at a revision, until that is compacted', () => {
  const ledger = new LeaseLedger();
  ledger.granted('early', 10, 2);
  ledger.granted('late', 20, 5);
  ledger.ended('early', 4);
  const ids = (revision: number) => ledger.at(revision).map(({ id }) => id);

  expect([1, 2, 4, 5].map(ids)).toEqual([[], ['early'], ['early'], ['late']]);
  ledger.compact(5);
  expect(ids(4)).toEqual([]);
});

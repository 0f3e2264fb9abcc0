import { expect, it } from '@jest/globals';
import { InstanceLabels, OTHER_INSTANCES } from './instance-labels.js';

it('names instances up to the bound, and the rest together', () => {
  const labels = new InstanceLabels(2);
  expect(['a', 'b', 'c', 'a', 'd'].map((id) => labels.of(id))).toEqual([
    'a',
    'b',
    OTHER_INSTANCES,
    'a',
    OTHER_INSTANCES,
  ]);
});

it('forgets an instance that two scrapes in a row did not find, and gives its place to another', () => {
  const labels = new InstanceLabels(2);
  for (const id of ['a', 'b']) labels.of(id);
  expect(labels.retire(new Set(['b']))).toEqual([]);
  expect(labels.retire(new Set(['b']))).toEqual(['a']);
  expect(labels.of('c')).toBe('c');
});

it('keeps an instance that came back between two scrapes', () => {
  const labels = new InstanceLabels(2);
  labels.of('a');
  for (const listed of [[], ['a'], [], ['a'], []]) {
    expect(labels.retire(new Set(listed))).toEqual([]);
  }
});

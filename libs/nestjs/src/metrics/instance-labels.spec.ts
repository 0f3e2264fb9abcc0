import { beforeEach, expect, it } from '@jest/globals';
import { InstanceLabels, OTHER_INSTANCES } from './service-tally.js';

let nowMs: number;
let labels: InstanceLabels;

beforeEach(() => {
  nowMs = 1_000_000;
  labels = new InstanceLabels({ max: 2, retireAfterMs: 1_000, now: () => nowMs });
});

/** What a scrape after so many milliseconds forgets. */
const scrapeAfter = (ms: number, ...listed: string[]) => {
  nowMs += ms;
  return labels.retire(new Set(listed));
};

it('names instances up to the bound, and the rest together', () => {
  expect(['a', 'b', 'c', 'a', 'd'].map((id) => labels.of(id))).toEqual([
    'a',
    'b',
    OTHER_INSTANCES,
    'a',
    OTHER_INSTANCES,
  ]);
});

it('forgets an instance when it has been gone for the time, and gives its place to another', () => {
  for (const id of ['a', 'b']) labels.of(id);
  expect(scrapeAfter(5_000, 'b')).toEqual([]);
  expect(scrapeAfter(999, 'b')).toEqual([]);
  expect(scrapeAfter(1, 'b')).toEqual(['a']);
  expect(scrapeAfter(1_000, 'b')).toEqual([]);
  expect(labels.of('c')).toBe('c');
});

it('keeps an instance for the time, however many scrapers there are', () => {
  labels.of('a');
  for (let i = 0; i < 100; i++) expect(scrapeAfter(9)).toEqual([]);
});

it('counts anew for an instance that came back between', () => {
  labels.of('a');
  for (const listed of [[], ['a'], [], ['a'], []]) expect(scrapeAfter(900, ...listed)).toEqual([]);
});

it('forgets an instance again whose last call ended after it was retired', () => {
  labels.of('a');
  scrapeAfter(0);
  expect(scrapeAfter(1_000)).toEqual(['a']);
  expect(labels.of('a')).toBe('a');
  expect(scrapeAfter(500)).toEqual([]);
  expect(scrapeAfter(1_000)).toEqual(['a']);
});

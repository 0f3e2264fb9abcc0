import { describe, expect, it } from '@jest/globals';
import { InvalidOptionError } from '../errors/registry-errors.js';
import { nearest, optional, readOptions, required, withDefault } from './option-table.js';
import {
  aFunction,
  anObject,
  arrayOf,
  block,
  durationMs,
  filledText,
  flag,
  integer,
  oneOf,
  secret,
  text,
  texts,
} from './rules.js';

const inner = { graceMs: withDefault(durationMs(0), 5, 'time') };
const table = {
  name: required(filledText(), 'a name'),
  ttl: withDefault(integer(5, 10), 7, 'a time'),
  drain: withDefault(block(inner), { graceMs: 5 }, 'a block'),
  note: optional(text(), 'a text'),
};
const read = (given: unknown) => readOptions(table, given, 'service');

describe('A table of options', () => {
  it('fills in the defaults, of blocks too', () => {
    const expected = { name: 'a', ttl: 7, drain: { graceMs: 5 }, note: undefined };
    expect(read({ name: 'a' })).toEqual(expected);
    expect(read({ name: 'a', drain: {}, note: undefined })).toEqual(expected);
    expect(readOptions(table, { name: 'a' }, '')).toEqual(expected);
  });

  it('takes what the rules take', () => {
    const given = { name: 'a', ttl: 10, drain: { graceMs: 0 }, note: '' };
    expect(read(given)).toEqual(given);
  });

  it.each([
    [
      { nmae: 'a' },
      'service.nmae must be one of name, ttl, drain, note, but is unknown. Did you mean "name"?',
    ],
    [{ name: 'a', NAME: 'b' }, 'service.NAME must be one of .*Did you mean "name"'],
    [{ name: 'a', colour: 1 }, 'service.colour must be one of .*unknown. Correct or remove it'],
    [
      { name: 'a', drain: { gracems: 1 } },
      'service.drain.gracems must be one of graceMs, but is unknown. Did you mean "graceMs"',
    ],
    [{ name: 'a', '\u001b[2J': 1 }, String.raw`service.\\u001b\[2J must be one of`],
    [{}, 'service.name must be a text that is not empty, but is undefined'],
    [{ name: 'a', ttl: 4 }, 'service.ttl must be an integer from 5 to 10, but is 4'],
    [{ name: 'a', ttl: null }, 'service.ttl must be an integer from 5 to 10, but is null'],
    [{ name: 'a', drain: [] }, 'service.drain must be an object, but is an array'],
    [[], 'service must be an object, but is an array'],
    [undefined, 'service must be an object, but is undefined'],
    ['http://root:s3cret@etcd', 'service must be an object, but is a text'],
  ])('refuses %j', (given, text) => {
    expect(() => read(given)).toThrow(new RegExp(`^${text}`));
    expect(() => read(given)).toThrow(InvalidOptionError);
  });
});

describe('A rule', () => {
  const path = 'it';
  const rules = {
    'an integer': [integer(1, 3), [1, 3], [0, 4, 1.5, NaN, Infinity, '2', null, 2n]],
    'a duration': [
      durationMs(),
      [1, 0.5 + 1, 2 ** 31 - 1],
      [0, -1, NaN, Infinity, 2 ** 31, 1e17, '5', null],
    ],
    'a duration that may be 0': [durationMs(0), [0], [-1, NaN]],
    'a flag': [flag(), [true, false], ['true', 1, null, 0]],
    'a text': [text(), ['', 'a'], [1, null, {}]],
    'a filled text': [filledText(), ['a'], ['', ' ', 1, null]],
    'a secret': [secret('Give it.'), ['a'], ['', undefined, 7]],
    'one of some': [oneOf(['a', 'b']), ['a', 'b'], ['c', '', 1, null]],
    texts: [texts(), [{}, { a: 'b' }], [{ a: 1 }, [], 'a', null]],
    'an array': [arrayOf(integer(1, 3)), [[], [1, 2]], [[4], 1, { 0: 1 }, null]],
    'an object': [anObject('a log', ['warn']), [console], [{}, { warn: 1 }, 'a', null]],
    'a function': [aFunction(), [() => 1], [{}, 'a', null]],
  } as const;

  it.each(Object.entries(rules))('of %s takes and refuses', (_, [rule, good, bad]) => {
    for (const value of good) expect(rule(value, path)).toEqual(value);
    for (const value of bad) {
      expect(() => rule(value, path)).toThrow(/^it(\[0\])? must be .*, but is .*\. ./);
    }
  });

  it('never shows a secret', () => {
    const shown = (rule: () => unknown) => {
      try {
        return rule();
      } catch (error) {
        return (error as Error).message;
      }
    };
    const shownTexts = [
      shown(() => secret('Give it.')(Buffer.from('s3cret'), path)),
      shown(() => anObject('a Buffer', ['subarray'])('s3cret', path)),
    ];
    for (const it of shownTexts) expect(it).not.toContain('s3cret');
  });
});

describe('The nearest name', () => {
  it.each([
    ['gracems', 'graceMs'],
    ['graceM', 'graceMs'],
    ['garceMs', 'graceMs'],
    ['streamGrace', 'streamGraceMs'],
    ['x', undefined],
    ['colour', undefined],
  ])('of %s is %s', (name, expected) => {
    expect(nearest(name, ['graceMs', 'streamGraceMs', 'deregisterMs'])).toBe(expected);
  });
});

import { describe, expect, it } from '@jest/globals';
import { b } from '../spec/bytes.js';
import { fragments } from './watch-stream.js';

const event = (name: string) =>
  ({ type: 'PUT', kv: { key: b(name), value: Buffer.alloc(100) } }) as const;
const names = (parts: ReturnType<typeof fragments>) =>
  [...parts].map(({ events, fragment }) => [
    events.map(({ kv }) => String(kv.key)).join(),
    fragment,
  ]);

describe('fragments', () => {
  it('leave a small answer whole', () => {
    const events = [event('a'), event('b')];
    expect(names(fragments(events))).toEqual([['a,b', false]]);
  });

  it('hold as many events as fit, and all but the last say that more follows', () => {
    const events = ['a', 'b', 'c', 'd', 'e'].map(event);
    expect(names(fragments(events, 300))).toEqual([
      ['a,b', true],
      ['c,d', true],
      ['e', false],
    ]);
  });

  it('hold one event that alone is too large', () => {
    expect(names(fragments([event('a'), event('b')], 50))).toEqual([
      ['a', true],
      ['b', false],
    ]);
  });
});

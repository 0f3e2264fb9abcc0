import { expect, it } from '@jest/globals';
import { painter } from './colours.js';

it.each([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: '1' }, false],
  [true, { TERM: 'dumb' }, false],
])('on a terminal: %s, with %j, paints: %s', (isTTY, env, paints) => {
  const text = painter({ isTTY }, env)('green', 'ok');
  expect(text).toBe(paints ? '\u001b[32mok\u001b[0m' : 'ok');
});

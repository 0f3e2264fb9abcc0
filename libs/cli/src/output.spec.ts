import { describe, expect, it } from '@jest/globals';
import { paint, processOutput } from './output.js';
import { table } from './table.js';

const processWith = (isTTY: boolean, env: Record<string, string>) =>
  ({
    stdout: { isTTY, write: () => true },
    stderr: { write: () => true },
    env,
  }) as unknown as NodeJS.Process;

describe('output', () => {
  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
  ])('on a terminal: %s, with %j, is painted: %s', (isTTY, env, isPainted) => {
    const output = processOutput(processWith(isTTY, env));
    expect(paint(output, 'red', 'text')).toBe(isPainted ? '\x1b[31mtext\x1b[0m' : 'text');
  });

  it('aligns columns, whatever is painted', () => {
    const rows = [
      ['A', 'B'],
      ['\x1b[31mlong\x1b[0m', 'x'],
      ['s', ''],
    ];
    expect(table(rows)).toEqual(['A     B', '\x1b[31mlong\x1b[0m  x', 's']);
  });
});

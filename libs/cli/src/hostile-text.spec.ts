import { describe, expect, it } from '@jest/globals';
import { processOutput } from './output.js';
import { CommandLine } from './spec/command-line.js';

/** Clears the screen, turns text around, rings, begins a line of its own. */
const HOSTILE = 'v1\x1b[2J\u202e\x07\x9b1;1H\nok    everything is fine';
const COMMANDS = [
  ['list'],
  ['list', 'greeter'],
  ['list', '--json'],
  ['list', 'greeter', '--json'],
  ['explain', 'greeter'],
  ['explain', 'greeter', '--json'],
  ['doctor'],
  ['doctor', '--json'],
  ['config', 'get', 'greeter'],
  ['weight', 'greeter', 'greeter-1', '7'],
];
const ESCAPE = '\x1b';
const COLOURS = [0, 1, 2, 31, 32, 33].map((code) => `${ESCAPE}[${code}m`);
const withoutColours = (text: string) =>
  COLOURS.reduce((rest, colour) => rest.replaceAll(colour, ''), text);
const raw = /[^\P{Cc}\n]|[\p{Bidi_Control}\p{Zl}\p{Zp}]/u;

describe.each([true, false])('on a terminal: %s, what others wrote into the registry', (isTTY) => {
  it.each(COMMANDS)('never reaches it raw: %s %s %s', async (...args) => {
    const cli = new CommandLine();
    cli.put({
      version: HOSTILE,
      metadata: { [HOSTILE]: HOSTILE },
      locality: { region: HOSTILE, zone: HOSTILE, subZone: HOSTILE },
      // Nobody listens there.
      address: '127.0.0.1:1',
    });
    cli.store.putConfig('greeter', Buffer.from(JSON.stringify({ [HOSTILE]: HOSTILE })));
    const written: string[] = [];
    const write = (text: string) => written.push(text) > 0;
    const output = processOutput({
      stdout: { isTTY, write },
      stderr: { write },
      env: {},
    } as unknown as NodeJS.Process);
    await cli.runTo(output, ...args.filter((each) => each !== undefined));
    const text = written.join('');
    expect(text).not.toBe('');
    expect(withoutColours(text)).not.toMatch(raw);
    expect(text).not.toContain('\nok    everything is fine');
  });
});

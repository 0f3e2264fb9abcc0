import { describe, expect, it } from '@jest/globals';
import { guardedLogger } from '../registry.js';
import { RecordedLogger } from '../spec/recorded-logger.js';
import { BrokenEntryError, reason, RegistryUnreachableError } from './registry-errors.js';
import { printable } from './text.js';
import { show } from './text.js';

/** Clears a screen, begins a line, rings, turns text around, breaks lines. */
const HOSTILE = ['\x1b[2J', 'a\nb', '\x07', '\x7f', '\x9b2J', '\u202e', '\u2066', '\u2028', '\r'];
const raw = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u;

describe.each(HOSTILE)('foreign text %j', (text) => {
  it.each([
    ['printable', () => printable(text)],
    ['show', () => show(text)],
    ['reason', () => reason(new Error(text))],
    ...(['instance', 'override', 'config', 'snapshot'] as const).map(
      (kind) =>
        [kind, () => new BrokenEntryError(kind, `/x/${text}`, 'is broken').message] as const,
    ),
    ['RegistryUnreachableError', () => new RegistryUnreachableError([], '/x/', text).message],
    [
      'the log',
      () => {
        const logger = new RecordedLogger();
        guardedLogger(logger).warn(text);
        return logger.lines.join('');
      },
    ],
  ])('never stands raw in %s', (_, shown) => {
    expect(shown()).not.toMatch(raw);
  });
});

it('leaves other text as it is', () => {
  for (const text of ['greeter-1', 'größe', '漢字', '👋', '€ "quoted"']) {
    expect(printable(text)).toBe(text);
  }
});

it('describes an error that can not be read', () => {
  const hostile = new Proxy(
    {},
    {
      get: () => {
        throw new Error('no');
      },
    },
  );
  expect(reason(hostile)).toBe('an error that can not be read');
  expect(reason(Object.create(null))).toBe('an error that can not be read');
  expect(reason(undefined)).toBe('undefined');
});

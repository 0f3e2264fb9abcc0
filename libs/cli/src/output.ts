import { printable } from '@grpc-discovery/registry';

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

export type Style = keyof typeof CODES;

/** Output of a command: results go to stdout, notes about them to stderr. */
export interface Output {
  /** Whether the output is a terminal, so that live output can be redrawn. */
  readonly isTerminal: boolean;
  /** Whether {@link paint} paints. */
  readonly hasColours: boolean;
  /** A line of the result. */
  line(text?: string): void;
  /** A line on stderr, such as an error; never part of the result. */
  note(text: string): void;
  /** Clears the terminal, if there is one. */
  clear(): void;
}

/** Output of the process. Colours are used on a terminal only, and not with `NO_COLOR` (no-color.org) or on a dumb terminal. */
export function processOutput({ stdout, stderr, env }: NodeJS.Process): Output {
  const isTerminal = stdout.isTTY === true;
  return {
    isTerminal,
    hasColours: isTerminal && !env.NO_COLOR && env.TERM !== 'dumb',
    line: (text = '') => void stdout.write(`${shown(text, isTerminal)}\n`),
    clear: () => void (isTerminal && stdout.write('\x1b[2J\x1b[H\n')),
    note: (text) => void stderr.write(`${shown(text, isTerminal)}\n`),
  };
}

const OWN = new RegExp(`(\\x1b\\[(?:0|${Object.values(CODES).join('|')})m)`);

/** Values from a registry or a server can't control the terminal: only this program's own colours pass. */
function shown(text: string, isTerminal: boolean): string {
  if (!isTerminal) return printable(text, '\n');
  return text
    .split(OWN)
    .map((part, i) => (i % 2 === 1 ? part : printable(part, '\n')))
    .join('');
}

export function paint({ hasColours }: Output, style: Style, text: string): string {
  const plain = printable(text);
  return hasColours ? `\x1b[${CODES[style]}m${plain}\x1b[0m` : plain;
}

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

export type Style = keyof typeof CODES;

/** Where a command writes: results to one side, what is said about them to the other. */
export interface Output {
  /** Whether people read it while it comes: what is live may be redrawn. */
  readonly isTerminal: boolean;
  /** Whether {@link paint} paints. */
  readonly hasColours: boolean;
  /** A line of the result. */
  line(text?: string): void;
  /** A line about it, such as an error: never part of the result. */
  note(text: string): void;
}

/** Output of the process. Colours stand only on a terminal, and not with `NO_COLOR` (no-color.org) or a dumb one. */
export function processOutput({ stdout, stderr, env }: NodeJS.Process): Output {
  const isTerminal = stdout.isTTY === true;
  return {
    isTerminal,
    hasColours: isTerminal && !env.NO_COLOR && env.TERM !== 'dumb',
    line: (text = '') => void stdout.write(`${text}\n`),
    note: (text) => void stderr.write(`${text}\n`),
  };
}

export function paint({ hasColours }: Output, style: Style, text: string): string {
  return hasColours ? `\x1b[${CODES[style]}m${text}\x1b[0m` : text;
}

/** Wipes the terminal, where there is one, so that what follows replaces what was there. */
export function redraw(output: Output): void {
  if (output.isTerminal) output.line('\x1b[2J\x1b[H');
}

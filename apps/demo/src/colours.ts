const CODES = { bold: 1, dim: 2, red: 31, green: 32 } as const;

/** Colours are used on a terminal only, and not with `NO_COLOR` (no-color.org) or on a dumb terminal. */
export function painter(
  { isTTY }: Pick<NodeJS.WriteStream, 'isTTY'>,
  { NO_COLOR, TERM }: NodeJS.ProcessEnv,
): (style: keyof typeof CODES, text: string) => string {
  const paints = isTTY === true && !NO_COLOR && TERM !== 'dumb';
  return (style, text) => (paints ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text);
}

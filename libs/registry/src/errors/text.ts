/** Control characters, those that change the direction of text, and those that break lines. */
const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

/**
 * Makes foreign text safe to show: escapes, as JSON does, what would move a cursor, clear a screen, reverse text or start a line.
 * @param kept Characters to leave as they are, such as your own line breaks.
 */
export function printable(text: string, kept = ''): string {
  return text.replace(UNPRINTABLE, (character) =>
    kept.includes(character)
      ? character
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A value for a message: short, on one line, strings quoted. */
export function show(value: unknown): string {
  if (typeof value === 'string')
    return printable(JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value));
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  if (value === undefined || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}

/** A count with its noun: `1 instance`, `2 instances`. @param plural @default the noun with `s` */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

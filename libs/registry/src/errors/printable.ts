/** Control characters, those that change the direction of text, and those that break lines. */
const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

/**
 * Text of others as it may be shown: what would move a cursor, clear a screen, turn text around or begin a line stands escaped,
 * in the form that JSON has, too.
 * @param kept Characters that stay, such as a line break of one's own.
 */
export function printable(text: string, kept = ''): string {
  return text.replace(UNPRINTABLE, (character) =>
    kept.includes(character)
      ? character
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

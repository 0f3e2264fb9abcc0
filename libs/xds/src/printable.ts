const MAX_TEXT = 500;

/** Text of a client in a printable form: on one line, without control characters, and cut. */
export function printable(text: string): string {
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  return cut.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
}

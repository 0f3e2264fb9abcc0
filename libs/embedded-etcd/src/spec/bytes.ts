/** Bytes from text, one per character. */
export function b(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** The range end that means "every key from here on", and with key `\0` every key there is. */
export const fromKey = b('\0');

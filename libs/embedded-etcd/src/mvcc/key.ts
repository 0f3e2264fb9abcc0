/**
 * A key inside the store: its bytes as one latin1 character each, so that `<` orders keys bytewise and a Map finds
 * them.
 */
export type Key = string;

export function keyOf(bytes: Buffer): Key {
  return bytes.toString('latin1');
}

export function bytesOf(key: Key): Buffer {
  return Buffer.from(key, 'latin1');
}

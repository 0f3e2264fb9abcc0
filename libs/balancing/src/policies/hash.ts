/** A 32-bit hash of a text, the same in every process: FNV-1a over UTF-16 code units, finalised by {@link mix}. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return mix(hash);
}

/** The finaliser of MurmurHash3: each bit of the input changes half of the bits of the output. */
export function mix(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A number from 0 (exclusive) to 1 (exclusive). */
export function fraction(hash: number): number {
  return (hash + 0.5) / 4_294_967_296;
}

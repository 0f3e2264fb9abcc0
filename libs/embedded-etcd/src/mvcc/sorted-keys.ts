import { type Key } from './key.js';
import { bounds, type KeyRange } from './key-range.js';

/** The keys of the store in bytewise order. */
export class SortedKeys {
  private readonly keys: Key[] = [];

  /** The caller knows that the key is new. */
  add(key: Key): void {
    const last = this.keys.at(-1);
    if (last === undefined || last < key) this.keys.push(key);
    else this.keys.splice(this.firstAtOrAfter(key), 0, key);
  }

  remove(key: Key): void {
    const index = this.firstAtOrAfter(key);
    if (this.keys[index] === key) this.keys.splice(index, 1);
  }

  /** A copy, so that the caller may write while it goes through it. */
  within(range: KeyRange): Key[] {
    const [begin, end] = bounds(range);
    const from = this.firstAtOrAfter(begin);
    return this.keys.slice(from, end === undefined ? undefined : this.firstAtOrAfter(end));
  }

  private firstAtOrAfter(key: Key): number {
    let low = 0;
    let high = this.keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

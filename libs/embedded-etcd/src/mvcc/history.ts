import { bounds, type Key, type KeyRange } from './key-range.js';
import { firstAtOrAfter, type KeyValue, type Mutation } from './mutation.js';

/** Every mutation that compaction has left, in order, and per key. */
export class History {
  private log: Mutation[] = [];
  private readonly byKey = new Map<Key, Mutation[]>();
  private readonly keys = new SortedKeys();

  append(mutation: Mutation): void {
    this.log.push(mutation);
    const known = this.byKey.get(mutation.key);
    if (known !== undefined) {
      known.push(mutation);
      return;
    }
    this.byKey.set(mutation.key, [mutation]);
    this.keys.add(mutation.key);
  }

  /** The key as it was after `revision`; as it is now without one. */
  get(key: Key, revision = Infinity): KeyValue | undefined {
    const mutations = this.byKey.get(key);
    if (mutations === undefined) return undefined;
    const newest = mutations.at(-1)!;
    const found =
      newest.revision <= revision ? newest : mutations[firstAtOrAfter(mutations, revision + 1) - 1];
    return found?.kind === 'put' ? found.kv : undefined;
  }

  /** The live keys of a range in order, as they were after `revision`. */
  range(range: KeyRange, revision = Infinity): KeyValue[] {
    const keys = range.kind === 'single' ? [range.key] : this.keys.within(range);
    const found: KeyValue[] = [];
    for (const key of keys) {
      const kv = this.get(key, revision);
      if (kv !== undefined) found.push(kv);
    }
    return found;
  }

  /** The mutations at or after a revision, at most those of `maxRevisions` revisions. */
  from(revision: number, maxRevisions = Infinity): Mutation[] {
    const start = firstAtOrAfter(this.log, revision);
    let revisions = 0;
    let end = start;
    for (; end < this.log.length; end++) {
      const isNewRevision =
        end === start || this.log[end]!.revision !== this.log[end - 1]!.revision;
      if (isNewRevision && ++revisions > maxRevisions) break;
    }
    return this.log.slice(start, end);
  }

  /** Forgets what no read at `revision` or later can see: older versions, and deletes up to it. */
  compact(revision: number): void {
    const dropped = new Set<Mutation>();
    for (const [key, mutations] of this.byKey) {
      const newer = firstAtOrAfter(mutations, revision + 1);
      const keep = newer > 0 && mutations[newer - 1]!.kind === 'put' ? newer - 1 : newer;
      for (const mutation of mutations.splice(0, keep)) dropped.add(mutation);
      if (mutations.length > 0) continue;
      this.byKey.delete(key);
      this.keys.remove(key);
    }
    this.log = this.log.filter((mutation) => !dropped.has(mutation));
  }

  all(): readonly Mutation[] {
    return this.log;
  }
}

/** The keys of the store in bytewise order. */
class SortedKeys {
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

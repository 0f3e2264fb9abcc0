import { type KeyValue } from '../api/kv-messages.js';
import { type Key } from './key.js';
import { type KeyRange } from './key-range.js';
import { firstAtOrAfter, type Mutation } from './mutation.js';
import { SortedKeys } from './sorted-keys.js';

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

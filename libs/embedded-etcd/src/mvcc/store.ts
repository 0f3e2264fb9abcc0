import { EtcdRefusal } from '../api/etcd-error.js';
import { History } from './history.js';
import type { Key, KeyRange } from './key-range.js';
import type { KeyValue, Mutation, StoreListener } from './mutation.js';
import { WriteTxn } from './write-txn.js';

/** A store as it survives a restart. */
export interface StoreContents {
  readonly revision: number;
  readonly compactRevision: number;
  readonly mutations: readonly Mutation[];
}

/** No revision was compacted yet: etcd's own first value, which lets revision 0 be compacted once. */
const nothingCompacted = -1;

/** A new etcd's store: its first write makes revision 2. */
export const emptyStore: StoreContents = {
  revision: 1,
  compactRevision: nothingCompacted,
  mutations: [],
};

/** etcd's multi-version store: every revision stays readable until it is compacted. */
export class Store {
  private readonly history = new History();
  private currentRevision: number;
  private compacted: number;

  constructor(
    private readonly listener: StoreListener,
    contents: StoreContents = emptyStore,
  ) {
    this.currentRevision = contents.revision;
    this.compacted = contents.compactRevision;
    for (const mutation of contents.mutations) this.history.append(mutation);
  }

  get revision(): number {
    return this.currentRevision;
  }

  /** Reads below this revision are refused. -1 before the first compaction. */
  get compactRevision(): number {
    return this.compacted;
  }

  /** @throws EtcdRefusal when the revision was compacted or does not exist yet. */
  requireReadable(revision: number): void {
    if (revision > this.currentRevision) throw new EtcdRefusal('futureRevision');
    if (revision > 0 && revision < this.compacted) throw new EtcdRefusal('compacted');
  }

  /** The key as it was after `revision`, as far as compaction left it; as it is now without one. */
  get(key: Key, revision?: number): KeyValue | undefined {
    return this.history.get(key, revision);
  }

  /** Live keys in order. The caller has checked the revision; 0 and less mean now. */
  range(range: KeyRange, revision = 0): KeyValue[] {
    return this.history.range(range, revision > 0 ? revision : Infinity);
  }

  mutationsFrom(revision: number, maxRevisions?: number): Mutation[] {
    return this.history.from(revision, maxRevisions);
  }

  /** Runs one transaction: all its writes share the next revision; without a write there is none. */
  write<T>(transaction: (txn: WriteTxn) => T): T {
    const txn = new WriteTxn(this.history, this.currentRevision, this.listener);
    const result = transaction(txn);
    if (txn.mutations.length > 0) {
      this.currentRevision += 1;
      this.listener.written(txn.mutations);
    }
    return result;
  }

  /** @throws EtcdRefusal when the revision was compacted before or does not exist yet. */
  compact(revision: number): void {
    if (revision <= this.compacted) throw new EtcdRefusal('compacted');
    if (revision > this.currentRevision) throw new EtcdRefusal('futureRevision');
    this.compacted = revision;
    this.history.compact(revision);
  }

  contents(): StoreContents {
    return {
      revision: this.currentRevision,
      compactRevision: this.compacted,
      mutations: this.history.all(),
    };
  }
}

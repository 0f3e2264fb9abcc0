import type { History } from './history.js';
import { type Key, keyOf, type KeyRange } from './key-range.js';
import type { KeyValue, Mutation, StoreListener } from './mutation.js';

/** The writes of one transaction. It sees its own writes, and no other transaction runs at the same time. */
export class WriteTxn {
  readonly mutations: Mutation[] = [];

  constructor(
    private readonly history: History,
    private readonly beginRevision: number,
    private readonly listener: Pick<StoreListener, 'leaseChanged'>,
  ) {}

  /** What a read inside this transaction reports: the new revision as soon as something is written. */
  get revision(): number {
    return this.beginRevision + (this.mutations.length > 0 ? 1 : 0);
  }

  range(range: KeyRange, revision = 0): KeyValue[] {
    return this.history.range(range, revision > 0 ? revision : Infinity);
  }

  get(key: Key): KeyValue | undefined {
    return this.history.get(key);
  }

  put(key: Buffer, value: Buffer, lease: string): void {
    const id = keyOf(key);
    const revision = this.beginRevision + 1;
    const previous = this.history.get(id);
    const kv: KeyValue = {
      key,
      create_revision: previous?.create_revision ?? revision,
      mod_revision: revision,
      version: (previous?.version ?? 0) + 1,
      value,
      lease,
    };
    this.record({ kind: 'put', revision, key: id, kv });
    this.listener.leaseChanged(id, previous?.lease ?? '0', lease);
  }

  /** @returns the keys that it deleted, as they were. */
  delete(range: KeyRange): KeyValue[] {
    const doomed = this.history.range(range);
    for (const kv of doomed) {
      const key = keyOf(kv.key);
      this.record({ kind: 'delete', revision: this.beginRevision + 1, key });
      this.listener.leaseChanged(key, kv.lease, '0');
    }
    return doomed;
  }

  /** Deletes those of the keys that exist. */
  deleteKeys(keys: Iterable<Key>): void {
    for (const key of keys) this.delete({ kind: 'single', key });
  }

  private record(mutation: Mutation): void {
    this.mutations.push(mutation);
    this.history.append(mutation);
  }
}

import type { KeyValue, WatchEvent } from '../client/etcd-connection.js';
import type { ListWatchStore } from './list-watch.js';

interface Entry<T> {
  readonly decoded: T;
  readonly modRevision: bigint;
}

/** The decoded values of a range. Broken values are left out and reported once. */
export class DecodedEntries<T> implements ListWatchStore {
  private readonly entries = new Map<string, Entry<T>>();
  /** Broken keys with the revision that was reported. */
  private readonly broken = new Map<string, bigint>();
  /** The store holds everything up to this revision; 0 before the first list. */
  private reflected = 0n;

  /**
   * @param decode Throws when a value is broken.
   * @param onBroken Called once per broken key and revision.
   * @param onChange Called with the old and the new value of a key, undefined for none; not by `clear`.
   */
  constructor(
    private readonly decode: (kv: KeyValue) => T,
    private readonly onBroken: (key: string, error: unknown) => void,
    private readonly onChange: (before: T | undefined, now: T | undefined) => void = () =>
      undefined,
  ) {}

  get revision(): bigint {
    return this.reflected;
  }

  get brokenEntries(): number {
    return this.broken.size;
  }

  get size(): number {
    return this.entries.size;
  }

  has(key: string): boolean {
    return this.entries.has(key);
  }

  /** Each key with its value. */
  all(): [string, T][] {
    return [...this.entries].map(([key, { decoded }]) => [key, decoded]);
  }

  replace(revision: bigint, kvs: readonly KeyValue[]): boolean {
    let changed = false;
    const listed = new Set(kvs.map(({ key }) => key));
    for (const key of [...this.entries.keys(), ...this.broken.keys()]) {
      if (!listed.has(key)) changed = this.remove(key) || changed;
    }
    for (const kv of kvs) {
      if (this.entries.get(kv.key)?.modRevision === kv.modRevision) continue;
      changed = this.put(kv) || changed;
    }
    this.reflected = revision;
    return changed;
  }

  apply(events: readonly WatchEvent[]): boolean {
    let changed = false;
    const floor = this.reflected;
    for (const event of events) {
      if (event.modRevision <= floor) continue;
      changed = (event.kind === 'put' ? this.put(event) : this.remove(event.key)) || changed;
      if (event.modRevision > this.reflected) this.reflected = event.modRevision;
    }
    return changed;
  }

  clear(): void {
    this.entries.clear();
    this.broken.clear();
    this.reflected = 0n;
  }

  /** Returns whether the value differs. */
  private put(kv: KeyValue): boolean {
    const { key, modRevision } = kv;
    try {
      const decoded = this.decode(kv);
      const before = this.entries.get(key)?.decoded;
      this.entries.set(key, { decoded, modRevision });
      this.broken.delete(key);
      this.onChange(before, decoded);
      return true;
    } catch (error) {
      const isReported = this.broken.get(key) === modRevision;
      this.broken.set(key, modRevision);
      if (!isReported) this.onBroken(key, error);
      return this.drop(key);
    }
  }

  private remove(key: string): boolean {
    this.broken.delete(key);
    return this.drop(key);
  }

  private drop(key: string): boolean {
    const entry = this.entries.get(key);
    if (entry === undefined) return false;
    this.entries.delete(key);
    this.onChange(entry.decoded, undefined);
    return true;
  }
}

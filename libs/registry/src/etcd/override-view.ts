import { assertInstanceId } from '../instance/assert-instance.js';
import { BrokenOverrideError } from '../errors/registry-errors.js';
import { decodeOverride } from '../overrides/override-codec.js';
import type { KeyValue, WatchEvent } from './etcd-connection.js';
import type { RangeView } from './range-view.js';

/** The weights set from outside for one service, as lists and events tell of them. Broken values are left out and told once. */
export class OverrideView implements RangeView {
  /** By key, with the revision at which it was set. */
  private readonly entries = new Map<string, { weight: number; modRevision: bigint }>();
  /** Broken keys with the revision that was told of. */
  private readonly broken = new Map<string, bigint>();
  private weightsNow: ReadonlyMap<string, number> | undefined;
  private reflected = 0n;

  /**
   * @param most How many overrides are taken; more are broken.
   * @param onBroken Called once per broken key and revision.
   */
  constructor(
    private readonly prefix: string,
    private readonly most: number,
    private readonly onBroken: (error: unknown) => void,
  ) {}

  get revision(): bigint {
    return this.reflected;
  }

  get brokenEntries(): number {
    return this.broken.size;
  }

  /** By id of the instance; the same map until one changes. */
  get weights(): ReadonlyMap<string, number> {
    return (this.weightsNow ??= new Map(
      [...this.entries].map(([key, { weight }]) => [key.slice(this.prefix.length), weight]),
    ));
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

  /** What is set in a store goes with it: the list that follows tells what the new one holds. */
  clear(): void {
    this.entries.clear();
    this.broken.clear();
    this.weightsNow = undefined;
    this.reflected = 0n;
  }

  /** Returns whether the weights differ. */
  private put({ key, value, modRevision }: KeyValue): boolean {
    try {
      this.assertKey(key);
      const { weight } = decodeOverride(key, value);
      this.entries.set(key, { weight, modRevision });
      this.broken.delete(key);
      this.weightsNow = undefined;
      return true;
    } catch (error) {
      const told = this.broken.get(key) === modRevision;
      this.broken.set(key, modRevision);
      if (!told) this.onBroken(error);
      return this.forget(key);
    }
  }

  private assertKey(key: string): void {
    try {
      assertInstanceId(key.slice(this.prefix.length));
    } catch (error) {
      throw new BrokenOverrideError(key, 'its key does not end in the id of an instance', error);
    }
    if (this.entries.size < this.most || this.entries.has(key)) return;
    throw new BrokenOverrideError(key, `there are more than ${this.most} of them`);
  }

  private remove(key: string): boolean {
    this.broken.delete(key);
    return this.forget(key);
  }

  private forget(key: string): boolean {
    const was = this.entries.delete(key);
    if (was) this.weightsNow = undefined;
    return was;
  }
}

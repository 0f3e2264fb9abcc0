import { assertInstanceId } from '../../instance/assert-instance.js';
import { BrokenEntryError } from '../../errors/registry-errors.js';
import { decodeOverride } from '../../instance/codecs.js';
import { DecodedEntries } from '../watch/decoded-entries.js';
import type { KeyValue, WatchEvent } from '../client/etcd-connection.js';
import type { ServiceStore } from './stores-by-service.js';
import type { ListWatchStore } from '../watch/list-watch.js';

/** A store of overrides, of one service or of all. */
export interface WeightsStore extends ListWatchStore {
  /** Number of overrides. */
  readonly size: number;
  /** By id of the instance; the same map until an override changes. */
  weightsOf(service: string): ReadonlyMap<string, number>;
}

/** The overrides of one service. Broken values are left out and reported once. */
export class OverrideStore implements WeightsStore, ServiceStore {
  private readonly entries: DecodedEntries<number>;
  private weightsNow: ReadonlyMap<string, number> | undefined;

  /**
   * @param most Maximum number of overrides; more are broken.
   * @param onBroken Called once per broken key and revision.
   */
  constructor(
    private readonly prefix: string,
    private readonly most: number,
    onBroken: (key: string, error: unknown) => void,
  ) {
    this.entries = new DecodedEntries((kv) => this.decode(kv), onBroken);
  }

  get revision(): bigint {
    return this.entries.revision;
  }

  get brokenEntries(): number {
    return this.entries.brokenEntries;
  }

  get size(): number {
    return this.entries.size;
  }

  get isEmpty(): boolean {
    return this.entries.size + this.brokenEntries === 0;
  }

  /** By id of the instance; the same map until an override changes. */
  get weights(): ReadonlyMap<string, number> {
    return (this.weightsNow ??= new Map(
      this.entries.all().map(([key, weight]) => [this.idOf(key), weight]),
    ));
  }

  weightsOf(): ReadonlyMap<string, number> {
    return this.weights;
  }

  replace(revision: bigint, kvs: readonly KeyValue[]): boolean {
    return this.invalidateIf(this.entries.replace(revision, kvs));
  }

  apply(events: readonly WatchEvent[]): boolean {
    return this.invalidateIf(this.entries.apply(events));
  }

  /** Overrides belong to their etcd store: the list that follows has those of the new one. */
  clear(): void {
    this.entries.clear();
    this.invalidateIf(true);
  }

  private invalidateIf(changed: boolean): boolean {
    if (changed) this.weightsNow = undefined;
    return changed;
  }

  private decode({ key, value }: KeyValue): number {
    try {
      assertInstanceId(this.idOf(key));
    } catch (error) {
      throw new BrokenEntryError(
        'override',
        key,
        'its key does not end in the id of an instance',
        error,
      );
    }
    if (this.entries.size >= this.most && !this.entries.has(key)) {
      throw new BrokenEntryError('override', key, `there are more than ${this.most} of them`);
    }
    return decodeOverride(key, value).weight;
  }

  private idOf(key: string): string {
    return key.slice(this.prefix.length);
  }
}

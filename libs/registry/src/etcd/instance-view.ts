import { decodeInstance } from '../instance/instance-codec.js';
import { parseInstanceKey } from '../instance/instance-key.js';
import type { ServiceInstance } from '../instance/service-instance.js';
import type { RegistryLimits } from '../limits.js';
import type { Snapshot } from '../watcher.js';
import { DecodedEntries } from './decoded-entries.js';
import type { KeyValue, WatchEvent } from './etcd-connection.js';
import type { RangeView } from './range-view.js';

/** What a view tells of besides its instances. */
export interface InstanceViewReport {
  /** Called once per broken key and revision. */
  broken(key: string, error: unknown): void;
  /** Called when there are more instances than the limit, and not before. */
  crowded(text: string): void;
  /** Called when there are not any more. */
  calm(text: string): void;
}

/** The instances of one service as lists and events tell of them. Broken values are left out and told once. */
export class InstanceView implements RangeView {
  private readonly entries: DecodedEntries<ServiceInstance>;
  /** Instances of a store that was replaced, by key: each has yet to register in the new one. */
  private readonly unconfirmed = new Map<string, ServiceInstance>();
  private snapshotNow: Snapshot | undefined;
  private crowded = false;

  constructor(
    private readonly service: string,
    private readonly prefix: string,
    private readonly limits: RegistryLimits,
    private readonly report: InstanceViewReport,
  ) {
    const decode = ({ key, value }: KeyValue) =>
      decodeInstance(key, parseInstanceKey(prefix, key), value, limits);
    this.entries = new DecodedEntries(decode, (key, error) => report.broken(key, error));
  }

  get revision(): bigint {
    return this.entries.revision;
  }

  get brokenEntries(): number {
    return this.entries.brokenEntries;
  }

  get snapshot(): Snapshot {
    return (this.snapshotNow ??= {
      service: this.service,
      instances: this.instances(),
      revision: String(this.revision),
    });
  }

  /** Whether the snapshot has instances that only a replaced store held. */
  get isDoubtful(): boolean {
    return this.unconfirmed.size > 0;
  }

  /** Lets go of instances that only a replaced store held. */
  dropUnconfirmed(): void {
    this.unconfirmed.clear();
    this.snapshotNow = undefined;
  }

  replace(revision: bigint, kvs: readonly KeyValue[]): boolean {
    const changed = this.entries.replace(revision, kvs);
    this.snapshotNow = undefined;
    return this.confirm(kvs) || changed;
  }

  /** That a store was replaced says nothing of the instances: they stay, unconfirmed, until they are dropped. */
  clear(): void {
    for (const [key, instance] of this.entries.all()) this.unconfirmed.set(key, instance);
    this.entries.clear();
    this.snapshotNow = undefined;
  }

  /** Returns whether any event was news: the snapshot tells its revision, too. */
  apply(events: readonly WatchEvent[]): boolean {
    const fresh = events.filter(({ modRevision }) => modRevision > this.revision);
    this.entries.apply(fresh);
    this.confirm(fresh);
    if (fresh.length > 0) this.snapshotNow = undefined;
    return fresh.length > 0;
  }

  /** What the store now tells of these keys counts. Returns whether anything else was believed of one. */
  private confirm(told: readonly { readonly key: string }[]): boolean {
    const before = this.unconfirmed.size;
    for (const { key } of told) this.unconfirmed.delete(key);
    return this.unconfirmed.size < before;
  }

  /** In order of id, so that every client leaves out the same ones when there are too many. */
  private instances(): ServiceInstance[] {
    const confirmed = this.entries.all().map(([, instance]) => instance);
    const all = [...this.unconfirmed.values(), ...confirmed].sort((a, b) => (a.id < b.id ? -1 : 1));
    this.tellOfCrowd(all.length);
    return all.slice(0, this.limits.instancesPerService);
  }

  private tellOfCrowd(count: number): void {
    const { instancesPerService: limit } = this.limits;
    if (count > limit === this.crowded) return;
    this.crowded = count > limit;
    if (!this.crowded)
      return this.report.calm(`${this.prefix} holds no more than ${limit} instances again.`);
    this.report.crowded(
      `${this.prefix} should hold at most ${limit} instances, but holds ${count}. The first ${limit} in order of id are ` +
        'used; raise limits.instancesPerService or remove some.',
    );
  }
}

import { decodeInstance } from '../instance/instance-codec.js';
import { parseInstanceKey } from '../instance/instance-key.js';
import type { ServiceInstance } from '../instance/service-instance.js';
import type { RegistryLimits } from '../limits.js';
import type { Snapshot } from '../watcher.js';
import type { KeyValue, WatchEvent } from './etcd-connection.js';
import type { RangeView } from './range-view.js';

interface Entry {
  readonly instance: ServiceInstance;
  readonly modRevision: bigint;
}

/** What a view tells of besides its instances. */
export interface InstanceViewReport {
  /** Called once per broken key and revision. */
  broken(error: unknown): void;
  /** Called when there are more instances than the limit, and not before. */
  crowded(text: string): void;
  /** Called when there are not any more. */
  calm(text: string): void;
}

/** The instances of one service as lists and events tell of them. Broken values are left out and told once. */
export class InstanceView implements RangeView {
  private readonly entries = new Map<string, Entry>();
  /** Instances of a store that was replaced, by key: each has yet to register in the new one. */
  private readonly unconfirmed = new Map<string, ServiceInstance>();
  /** Broken keys with the revision that was told of. */
  private readonly broken = new Map<string, bigint>();
  private snapshotNow: Snapshot | undefined;
  /** Everything up to here is in the view; 0 when it never was filled. */
  private reflected = 0n;

  private crowded = false;

  constructor(
    private readonly service: string,
    private readonly prefix: string,
    private readonly limits: RegistryLimits,
    private readonly report: InstanceViewReport,
  ) {}

  get revision(): bigint {
    return this.reflected;
  }

  get brokenEntries(): number {
    return this.broken.size;
  }

  get snapshot(): Snapshot {
    return (this.snapshotNow ??= {
      service: this.service,
      instances: this.instances(),
      revision: String(this.reflected),
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
    this.snapshotNow = undefined;
    return changed;
  }

  /** That a store was replaced says nothing of the instances: they stay, unconfirmed, until they are dropped. */
  clear(): void {
    for (const [key, { instance }] of this.entries) this.unconfirmed.set(key, instance);
    this.entries.clear();
    this.broken.clear();
    this.reflected = 0n;
    this.snapshotNow = undefined;
  }

  apply(events: readonly WatchEvent[]): boolean {
    const floor = this.reflected;
    const fresh = events.filter(({ modRevision }) => modRevision > floor);
    for (const event of fresh) {
      if (event.kind === 'put') this.put(event);
      else this.remove(event.key);
      if (event.modRevision > this.reflected) this.reflected = event.modRevision;
    }
    if (fresh.length > 0) this.snapshotNow = undefined;
    return fresh.length > 0;
  }

  /** Returns whether the instances differ. */
  private put({ key, value, modRevision }: KeyValue): boolean {
    try {
      const instance = decodeInstance(key, parseInstanceKey(this.prefix, key), value, this.limits);
      this.entries.set(key, { instance, modRevision });
      this.broken.delete(key);
      this.unconfirmed.delete(key);
      return true;
    } catch (error) {
      const told = this.broken.get(key) === modRevision;
      this.broken.set(key, modRevision);
      if (!told) this.report.broken(error);
      return this.forget(key);
    }
  }

  private remove(key: string): boolean {
    this.broken.delete(key);
    return this.forget(key);
  }

  private forget(key: string): boolean {
    const wasUnconfirmed = this.unconfirmed.delete(key);
    return this.entries.delete(key) || wasUnconfirmed;
  }

  /** In order of id, so that every client leaves out the same ones when there are too many. */
  private instances(): ServiceInstance[] {
    const confirmed = [...this.entries.values()].map(({ instance }) => instance);
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

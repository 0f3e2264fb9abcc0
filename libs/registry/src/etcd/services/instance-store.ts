import { counted } from '../../errors/text.js';
import { decodeInstance } from '../../instance/codecs.js';
import { parseInstanceKey } from '../../instance/keys.js';
import type { ServiceInstance } from '../../instance/service-instance.js';
import type { RegistryLimits } from '../../limits.js';
import { LimitedWarnings } from '../../logging/limited-warnings.js';
import type { RegistryLogger } from '../../registry.js';
import type { Clock } from '../../timing/clock.js';
import type { Snapshot } from '../../watcher.js';
import type { KeyValue, WatchEvent } from '../client/etcd-connection.js';
import { DecodedEntries } from '../watch/decoded-entries.js';
import type { InstancesStore } from './instances-watch.js';
import type { ServiceStore } from './stores-by-service.js';

/** Receives what a store finds besides its instances. */
export interface InstanceStoreReport {
  /** Called once per broken key and revision. */
  broken(key: string, error: unknown): void;
  /** Called when the number of instances exceeds the limit. */
  crowded(text: string): void;
  /** Called when the number of instances is within the limit again. */
  calm(text: string): void;
}

/** The instances of one service. Broken values are left out and reported once. */
export class InstanceStore implements InstancesStore, ServiceStore {
  private readonly entries: DecodedEntries<ServiceInstance>;
  /** Instances of a replaced etcd store, by key, that have not registered in the new one. */
  private readonly unconfirmed = new Map<string, ServiceInstance>();
  /** All confirmed instances in order of id; undefined after a list, until the next read. */
  private ordered: ServiceInstance[] | undefined;
  private snapshotNow: Snapshot | undefined;
  private changes = 0;
  private crowded = false;

  constructor(
    private readonly service: string,
    private readonly prefix: string,
    private readonly limits: RegistryLimits,
    private readonly report: InstanceStoreReport,
  ) {
    const decode = ({ key, value }: KeyValue) =>
      decodeInstance(key, parseInstanceKey(prefix, key), value, limits);
    this.entries = new DecodedEntries(
      decode,
      (key, error) => report.broken(key, error),
      (before, now) => this.reorder(before, now),
    );
  }

  get revision(): bigint {
    return this.entries.revision;
  }

  get brokenEntries(): number {
    return this.entries.brokenEntries;
  }

  get isEmpty(): boolean {
    return this.entries.size + this.unconfirmed.size + this.brokenEntries === 0;
  }

  get version(): number {
    return this.changes;
  }

  /** The same object until an event arrives or a list differs. */
  get snapshot(): Snapshot {
    return (this.snapshotNow ??= {
      service: this.service,
      instances: this.instances(),
      revision: String(this.revision),
    });
  }

  get isDoubtful(): boolean {
    return this.unconfirmed.size > 0;
  }

  dropUnconfirmed(): void {
    this.unconfirmed.clear();
    this.invalidate();
  }

  replace(revision: bigint, kvs: readonly KeyValue[]): boolean {
    this.ordered = undefined;
    const changed = this.entries.replace(revision, kvs);
    const confirmed = this.confirm(kvs);
    if (confirmed || changed) this.invalidate();
    return confirmed || changed;
  }

  /** A replaced etcd store proves nothing about the instances: they stay, unconfirmed, until they are dropped. */
  clear(): void {
    for (const [key, instance] of this.entries.all()) this.unconfirmed.set(key, instance);
    this.entries.clear();
    this.ordered = undefined;
    this.invalidate();
  }

  /** Returns whether any event was new: the snapshot holds its revision, too. */
  apply(events: readonly WatchEvent[]): boolean {
    const fresh = events.filter(({ modRevision }) => modRevision > this.revision);
    this.entries.apply(fresh);
    this.confirm(fresh);
    if (fresh.length > 0) this.invalidate();
    return fresh.length > 0;
  }

  /** These keys are known again. Returns whether one of them was unconfirmed. */
  private confirm(known: readonly { readonly key: string }[]): boolean {
    const before = this.unconfirmed.size;
    for (const { key } of known) this.unconfirmed.delete(key);
    return this.unconfirmed.size < before;
  }

  /** In order of id, so that every client leaves out the same instances above the limit. */
  private instances(): ServiceInstance[] {
    this.ordered ??= inOrder(this.entries.all().map(([, instance]) => instance));
    const all =
      this.unconfirmed.size === 0
        ? this.ordered
        : inOrder([...this.unconfirmed.values(), ...this.ordered]);
    return all.slice(0, this.limits.instancesPerService);
  }

  /** Keeps the order with a search and a move within the array; sorting again would compare all instances. */
  private reorder(before: ServiceInstance | undefined, now: ServiceInstance | undefined): void {
    const { ordered } = this;
    const id = (now ?? before)?.id;
    if (ordered === undefined || id === undefined) return;
    const at = placeOf(id, ordered);
    const replaced = ordered[at]?.id === id ? 1 : 0;
    if (now) ordered.splice(at, replaced, now);
    else ordered.splice(at, replaced);
  }

  private invalidate(): void {
    this.snapshotNow = undefined;
    this.changes++;
    this.reportCrowd();
  }

  private reportCrowd(): void {
    const { instancesPerService: limit } = this.limits;
    const count = this.entries.size + this.unconfirmed.size;
    if (count > limit === this.crowded) return;
    this.crowded = count > limit;
    if (!this.crowded)
      return this.report.calm(
        `${this.prefix} holds no more than ${counted(limit, 'instance')} again.`,
      );
    this.report.crowded(
      `${this.prefix} should hold at most ${counted(limit, 'instance')}, but holds ${count}. Only the first ${limit} in order of id ` +
        `${limit === 1 ? 'is' : 'are'} used; raise limits.instancesPerService or remove some.`,
    );
  }
}

function inOrder(instances: ServiceInstance[]): ServiceInstance[] {
  return instances.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Index of an id among ordered instances, or where it would be inserted. */
function placeOf(id: string, ordered: readonly ServiceInstance[]): number {
  let from = 0;
  let to = ordered.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (ordered[middle]!.id < id) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Logs what the store of a service reports, within a budget of the service. */
export function instanceReport(
  source: string,
  logger: RegistryLogger,
  clock: Clock,
): InstanceStoreReport {
  const warnings = new LimitedWarnings(logger, clock, unreadable('entries', source));
  return {
    broken: (key, error) => warnings.warn(key, error),
    crowded: (text) => warnings.warn(source, new Error(text)),
    calm: (text) => logger.info(text),
  };
}

/** Subject of the line that ends the warnings of a range. */
export function unreadable(what: 'entries' | 'overrides', source: string): string {
  return `${what} under ${source} that can't be read ("grpc-discovery doctor" lists them)`;
}

import { BrokenEntryError, RegistryRefusedError } from '../../errors/registry-errors.js';
import { assertInstanceId, assertServiceName } from '../../instance/assert-instance.js';
import { decodeOverride, encodeOverride } from '../../instance/codecs.js';
import { overrideKey, overridesPrefix } from '../../instance/keys.js';
import { LimitedWarnings } from '../../logging/limited-warnings.js';
import type { InstanceOverride, Override, Overrides } from '../../overrides.js';
import type { OverridesDescription } from '../../registry-description.js';
import { type RegistryLogger, silentLogger } from '../../registry.js';
import { overriddenSnapshot } from '../../subjects/watch-subjects.js';
import type { Snapshot } from '../../watcher.js';
import type { KeyValue, TxnRequest, WatchEvent } from '../client/etcd-connection.js';
import { toRegistryError } from '../client/etcd-failure.js';
import type { EtcdContext } from '../watch/etcd-context.js';
import { ListWatch, type ListWatchStore } from '../watch/list-watch.js';
import { listRange, prefixRange } from '../watch/range-list.js';
import { unreadable } from './instance-store.js';
import type { WatchedOverrides } from './instances-watch.js';
import { DecodedEntries } from '../watch/decoded-entries.js';
import type { ServiceStore } from './stores-by-service.js';

/** The port of overrides on etcd: one key per instance, without a lease, so that it outlives the instance. */
export class EtcdOverrides implements Overrides {
  constructor(private readonly context: EtcdContext) {}

  async set(service: string, instanceId: string, override: Override): Promise<void> {
    const key = this.key(service, instanceId);
    const value = encodeOverride(override);
    await this.write(key, {
      when: [{ target: 'value', key, is: value }],
      then: [],
      otherwise: [{ kind: 'put', key, value }],
    });
  }

  async remove(service: string, instanceId: string): Promise<void> {
    const key = this.key(service, instanceId);
    await this.write(key, { when: [], then: [{ kind: 'delete', key }] });
  }

  async list(service: string): Promise<readonly InstanceOverride[]> {
    assertServiceName(service);
    const { namespace, limits, logger, clock } = this.context;
    const prefix = overridesPrefix(namespace, service);
    const { revision, kvs } = await this.answered(prefix, () =>
      listRange(this.context, prefixRange(prefix)),
    );
    const all = `overrides under ${prefix} that can't be read`;
    const warnings = new LimitedWarnings(logger, clock, all);
    const store = new OverrideStore(prefix, limits.instancesPerService, (key, error) =>
      warnings.warn(key, error),
    );
    store.replace(revision, kvs);
    // etcd lists keys in order.
    return [...store.weights].map(([id, weight]) => ({ service, id, weight }));
  }

  private key(service: string, id: string): string {
    assertServiceName(service);
    assertInstanceId(id);
    return overrideKey(this.context.namespace, service, id);
  }

  private async write(key: string, request: TxnRequest): Promise<void> {
    await this.answered(key, () =>
      this.context.session.call((connection, timeoutMs) => connection.txn(request, timeoutMs)),
    );
  }

  private async answered<T>(subject: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw toRegistryError(error, this.context.session.hosts, subject, 'Try it again later');
    }
  }
}

/** Keeps the overrides of one service fresh. */
export function watchOverrides(
  service: string,
  context: EtcdContext,
  onChange: () => void,
): OverridesWatch {
  const { limits, logger, clock, namespace } = context;
  const source = overridesPrefix(namespace, service);
  const warnings = new LimitedWarnings(logger, clock, unreadable('overrides', source));
  const onBroken = (key: string, error: unknown) => warnings.warn(key, error);
  const store = new OverrideStore(source, limits.instancesPerService, onBroken);
  return new OverridesWatch(source, store, context, onChange);
}

/**
 * Keeps the overrides of one service or of all fresh. If the registry does not show them, as to a role without the right to read
 * them, every instance keeps its own weight. While etcd is down, the last known overrides apply.
 */
export class OverridesWatch implements WatchedOverrides {
  private readonly watch: ListWatch;
  private readonly logger: RegistryLogger;
  private state: OverridesDescription['state'] = 'pending';
  /** Why the overrides can't be read, until that is logged. */
  private unreported: RegistryRefusedError | undefined;
  /** Whether it is logged that the overrides can't be read. */
  private reported = false;
  /** Results of {@link apply} for snapshots that are still in use, with their weights. */
  private readonly applied = new WeakMap<
    Snapshot,
    { readonly weights: ReadonlyMap<string, number>; readonly result: Snapshot }
  >();

  /** @param onChange Called when {@link apply} may have another result, and when it is settled. */
  constructor(
    private readonly source: string,
    private readonly store: WeightsStore,
    context: EtcdContext,
    private readonly onChange: () => void,
  ) {
    this.logger = context.logger;
    this.watch = new ListWatch(
      {
        source,
        range: prefixRange(source),
        store,
        onCurrent: this.becameCurrent,
        onFailing: this.failing,
      },
      // The watch of the instances logs what affects both.
      { ...context, logger: silentLogger },
    );
  }

  /** Revision of the registry that the overrides reflect; 0 before the first list. */
  get revision(): bigint {
    return this.store.revision;
  }

  get settled(): boolean {
    return this.state !== 'pending';
  }

  report(): void {
    if (this.unreported) this.logger.warn(this.unreported.message);
    this.reported ||= this.unreported !== undefined;
    this.unreported = undefined;
  }

  /** Applies the overrides to a snapshot. Returns the same object for the same snapshot until an override changes. */
  apply(base: Snapshot): Snapshot {
    const weights = this.store.weightsOf(base.service);
    const last = this.applied.get(base);
    if (last?.weights === weights) return last.result;
    const result = overriddenSnapshot(base, weights, this.store.revision);
    this.applied.set(base, { weights, result });
    return result;
  }

  describe(): OverridesDescription {
    return { state: this.state, set: this.store.size, ...this.watch.statistics() };
  }

  close(): void {
    this.watch.close();
  }

  private readonly becameCurrent = (): void => {
    this.state = 'live';
    this.unreported = undefined;
    if (this.reported) this.logger.info(`${this.source} is watched again.`);
    this.reported = false;
    this.onChange();
  };

  private readonly failing = (error: Error): void => {
    this.state = 'failing';
    if (error instanceof RegistryRefusedError) this.unreported = error;
    this.onChange();
  };
}

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

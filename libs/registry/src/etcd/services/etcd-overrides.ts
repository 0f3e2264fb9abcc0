import { RegistryRefusedError } from '../../errors/registry-errors.js';
import { assertInstanceId, assertServiceName } from '../../instance/assert-instance.js';
import { encodeOverride } from '../../instance/codecs.js';
import { overrideKey, overridesPrefix } from '../../instance/keys.js';
import { LimitedWarnings } from '../../logging/limited-warnings.js';
import type { InstanceOverride, Override, Overrides } from '../../overrides.js';
import type { OverridesDescription } from '../../registry-description.js';
import { type RegistryLogger, silentLogger } from '../../registry.js';
import { overriddenSnapshot } from '../../subjects/composed-snapshots.js';
import type { Snapshot } from '../../watcher.js';
import { toRegistryError } from '../client/etcd-failure.js';
import { type ListWatchStore, ListWatch, type EtcdContext } from '../watch/list-watch.js';
import { listRange, prefixRange } from '../watch/range-list.js';
import type { WatchedOverrides } from './instances-watch.js';
import { OverrideStore } from './override-store.js';

/** A view of the weights that are set, for one service or for all. */
export interface WeightsStore extends ListWatchStore {
  /** How many are set. */
  readonly size: number;
  /** By id of the instance; the same map until one changes. */
  weightsOf(service: string): ReadonlyMap<string, number>;
}

/**
 * Keeps the weights set for one service or for all fresh. A registry that does not show them, as to a role without the right to
 * read them, leaves every instance its own weight; while it is away the last ones stay.
 */
export class OverridesWatch implements WatchedOverrides {
  private readonly watch: ListWatch;
  private readonly logger: RegistryLogger;
  private state: OverridesDescription['state'] = 'pending';
  /** Why the weights can't be read, as long as nobody was told. */
  private untold: RegistryRefusedError | undefined;
  private told = false;
  /** What {@link apply} has returned for snapshots that are still in use, and the weights of then. */
  private readonly applied = new WeakMap<
    Snapshot,
    { readonly weights: ReadonlyMap<string, number>; readonly result: Snapshot }
  >();

  /** @param onChange Called when {@link apply} may have another result, and when it is settled. */
  constructor(
    private readonly source: string,
    private readonly view: WeightsStore,
    options: EtcdContext,
    private readonly onChange: () => void,
  ) {
    this.logger = options.logger;
    this.watch = new ListWatch(
      {
        source,
        range: prefixRange(source),
        view,
        onCurrent: () => this.current(),
        onFailing: (error) => this.failing(error),
      },
      // What goes wrong with the instances, too, is told of those.
      { ...options, logger: silentLogger },
    );
  }

  /** Revision of the registry that the weights reflect; 0 when they were never read. */
  get revision(): bigint {
    return this.view.revision;
  }

  get settled(): boolean {
    return this.state !== 'pending';
  }

  report(): void {
    if (this.untold) this.logger.warn(this.untold.message);
    this.told ||= this.untold !== undefined;
    this.untold = undefined;
  }

  /** The snapshot with the weights that are set. Returns the same object for the same snapshot while no weight changes. */
  apply(base: Snapshot): Snapshot {
    const weights = this.view.weightsOf(base.service);
    const last = this.applied.get(base);
    if (last?.weights === weights) return last.result;
    const result = overriddenSnapshot(base, weights, this.view.revision);
    this.applied.set(base, { weights, result });
    return result;
  }

  describe(): OverridesDescription {
    return { state: this.state, set: this.view.size, ...this.watch.statistics() };
  }

  close(): void {
    this.watch.close();
  }

  private current(): void {
    this.state = 'live';
    this.untold = undefined;
    if (this.told) this.logger.info(`${this.source} is watched again.`);
    this.told = false;
    this.onChange();
  }

  private failing(error: Error): void {
    this.state = 'failing';
    if (error instanceof RegistryRefusedError) this.untold = error;
    this.onChange();
  }
}

/** The port of overrides on etcd: one key per instance, without a lease, so that they outlive it. */
export class EtcdOverrides implements Overrides {
  constructor(private readonly options: EtcdContext) {}

  async set(service: string, instanceId: string, override: Override): Promise<void> {
    const key = this.key(service, instanceId);
    const value = encodeOverride(override);
    const { session } = this.options;
    await this.answered(key, () =>
      session.call((connection, timeoutMs) =>
        connection.txn(
          {
            when: [{ target: 'value', key, is: value }],
            then: [],
            otherwise: [{ kind: 'put', key, value }],
          },
          timeoutMs,
        ),
      ),
    );
  }

  async remove(service: string, instanceId: string): Promise<void> {
    const key = this.key(service, instanceId);
    const { session } = this.options;
    await this.answered(key, () =>
      session.call((connection, timeoutMs) =>
        connection.txn({ when: [], then: [{ kind: 'delete', key }] }, timeoutMs),
      ),
    );
  }

  async list(service: string): Promise<readonly InstanceOverride[]> {
    assertServiceName(service);
    const { namespace, limits, logger, clock } = this.options;
    const prefix = overridesPrefix(namespace, service);
    const { revision, kvs } = await this.answered(prefix, () =>
      listRange(this.options, prefixRange(prefix)),
    );
    const all = `overrides under ${prefix} that can't be read`;
    const warnings = new LimitedWarnings(logger, clock, all);
    const view = new OverrideStore(prefix, limits.instancesPerService, (key, error) =>
      warnings.warn(key, error),
    );
    view.replace(revision, kvs);
    // etcd lists keys in order.
    return [...view.weights].map(([id, weight]) => ({ service, id, weight }));
  }

  private key(service: string, id: string): string {
    assertServiceName(service);
    assertInstanceId(id);
    return overrideKey(this.options.namespace, service, id);
  }

  private async answered<T>(subject: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw toRegistryError(error, this.options.session.hosts, subject, 'Try it again later');
    }
  }
}

import { RegistryRefusedError } from '../../errors/registry-errors.js';
import { assertInstanceId, assertServiceName } from '../../instance/assert-instance.js';
import { encodeOverride } from '../../instance/codecs.js';
import { overrideKey, overridesPrefix } from '../../instance/keys.js';
import { LimitedWarnings } from '../../logging/limited-warnings.js';
import type { InstanceOverride, Override, Overrides } from '../../overrides.js';
import type { OverridesDescription } from '../../registry-description.js';
import { silentLogger, type RegistryLogger } from '../../registry.js';
import { overriddenSnapshot } from '../../subjects/composed-snapshots.js';
import type { Snapshot } from '../../watcher.js';
import type { TxnRequest } from '../client/etcd-connection.js';
import { toRegistryError } from '../client/etcd-failure.js';
import type { EtcdContext } from '../watch/etcd-context.js';
import { ListWatch } from '../watch/list-watch.js';
import { listRange, prefixRange } from '../watch/range-list.js';
import { unreadable } from './instance-store.js';
import type { WatchedOverrides } from './instances-watch.js';
import { OverrideStore, type WeightsStore } from './override-store.js';

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

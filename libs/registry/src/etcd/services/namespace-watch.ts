import { allOverridesPrefix } from '../../instance/keys.js';
import type { RegistryLimits } from '../../limits.js';
import { LimitedWarnings, WarningBudget } from '../../logging/limited-warnings.js';
import { ServicesSnapshots, type WatchSubject } from '../../subjects/watch-subjects.js';
import type { ServicesSnapshot, ServicesState, Snapshot } from '../../watcher.js';
import type { EtcdContext } from '../watch/etcd-context.js';
import { OverridesWatch, OverrideStore, type WeightsStore } from './etcd-overrides.js';
import {
  instanceReport,
  InstanceStore,
  type InstanceStoreReport,
  unreadable,
} from './instance-store.js';
import { type InstancesStore, InstancesWatch } from './instances-watch.js';
import { StoresByService } from './stores-by-service.js';

export type NamespaceWatch = InstancesWatch<ServicesSnapshot>;

/** Keeps the instances of all services fresh, with one watch of their entries and one of their overrides. */
export function watchNamespace(
  subject: WatchSubject<ServicesState>,
  context: EtcdContext,
): NamespaceWatch {
  const { source } = subject;
  const { logger, limits, clock } = context;
  const budget = new WarningBudget(logger, clock, unreadable('entries', source));
  const strays = instanceReport(source, budget, clock);
  const store = new NamespaceStore(source, {
    limits,
    reportOf: (prefix) => instanceReport(prefix, budget, clock),
    onStray: (key, error) => strays.broken(key, error),
  });
  const overrides = watchAllOverrides(context, () => watch.overridesChanged());
  const snapshots = new ServicesSnapshots();
  const overridden = function* (): Generator<Snapshot> {
    for (const snapshot of store.snapshots()) yield overrides.apply(snapshot);
  };
  const snapshot = () => {
    const revision = store.revision > overrides.revision ? store.revision : overrides.revision;
    return snapshots.of(overridden(), revision);
  };
  const watch: NamespaceWatch = new InstancesWatch(subject, context, {
    store,
    overrides,
    snapshot,
  });
  return watch;
}

/** Keeps the overrides of all services fresh. */
function watchAllOverrides(context: EtcdContext, onChange: () => void): OverridesWatch {
  const { limits, logger, clock, namespace } = context;
  const source = allOverridesPrefix(namespace);
  const budget = new WarningBudget(logger, clock, unreadable('overrides', source));
  const onBrokenOf = (prefix: string) => {
    const warnings = new LimitedWarnings(budget, clock, unreadable('overrides', prefix));
    return (key: string, error: unknown) => warnings.warn(key, error);
  };
  const store = new NamespaceOverrideStore(source, {
    most: limits.instancesPerService,
    onBrokenOf,
    onStray: onBrokenOf(source),
  });
  return new OverridesWatch(source, store, context, onChange);
}

export interface NamespaceStoreOptions {
  /** The limits apply to each service. */
  readonly limits: RegistryLimits;
  /** Creates the report of a service's entries. */
  readonly reportOf: (prefix: string) => InstanceStoreReport;
  /** Called once per revision of a key that belongs to no service. */
  readonly onStray: (key: string, error: unknown) => void;
}

/** The instances of all services of a namespace. */
export class NamespaceStore extends StoresByService<InstanceStore> implements InstancesStore {
  /** Services with instances of a replaced etcd store that have not registered in the new one. */
  private readonly doubtful = new Set<string>();

  constructor(prefix: string, { limits, reportOf, onStray }: NamespaceStoreOptions) {
    super(prefix, {
      create: (service) => {
        const source = `${prefix}${service}/`;
        return new InstanceStore(service, source, limits, reportOf(source));
      },
      kind: 'instance',
      onStray,
    });
  }

  get isDoubtful(): boolean {
    return this.doubtful.size > 0;
  }

  /** The snapshot of each service, in order of name; the same object until the service changes. */
  *snapshots(): Generator<Snapshot> {
    for (const [, { snapshot }] of this.inOrder()) {
      if (snapshot.instances.length > 0) yield snapshot;
    }
  }

  override clear(): void {
    super.clear();
    for (const [service, { isDoubtful }] of this.inOrder()) {
      if (isDoubtful) this.doubtful.add(service);
    }
  }

  dropUnconfirmed(): void {
    const unconfirmed = [...this.doubtful].filter((service) => this.get(service)?.isDoubtful);
    this.doubtful.clear();
    this.change(new Map(unconfirmed.map((service) => [service, undefined])), (store) => {
      store.dropUnconfirmed();
      return true;
    });
  }
}

const NO_WEIGHTS: ReadonlyMap<string, number> = new Map();

export interface NamespaceOverrideStoreOptions {
  /** Maximum number of overrides of a service; more are broken. */
  readonly most: number;
  /** Creates the callback of a service, which is called once per broken key and revision. */
  readonly onBrokenOf: (prefix: string) => (key: string, error: unknown) => void;
  /** Called once per revision of a key that belongs to no service. */
  readonly onStray: (key: string, error: unknown) => void;
}

/** The overrides of all services of a namespace. */
class NamespaceOverrideStore extends StoresByService<OverrideStore> implements WeightsStore {
  constructor(prefix: string, { most, onBrokenOf, onStray }: NamespaceOverrideStoreOptions) {
    super(prefix, {
      create: (service) => {
        const source = `${prefix}${service}/`;
        return new OverrideStore(source, most, onBrokenOf(source));
      },
      kind: 'override',
      onStray,
    });
  }

  get size(): number {
    let size = 0;
    for (const [, store] of this.inOrder()) size += store.size;
    return size;
  }

  weightsOf(service: string): ReadonlyMap<string, number> {
    return this.get(service)?.weights ?? NO_WEIGHTS;
  }
}

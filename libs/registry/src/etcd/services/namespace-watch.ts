import { BrokenEntryError } from '../../errors/registry-errors.js';
import { allOverridesPrefix } from '../../instance/keys.js';
import type { RegistryLimits } from '../../limits.js';
import { LimitedWarnings, WarningBudget } from '../../logging/limited-warnings.js';
import { ServicesSnapshots } from '../../subjects/composed-snapshots.js';
import type { WatchSubject } from '../../subjects/watch-subjects.js';
import type { ServicesSnapshot, ServicesState, Snapshot } from '../../watcher.js';
import type { KeyValue, WatchEvent } from '../client/etcd-connection.js';
import type { EtcdContext } from '../watch/list-watch.js';
import { OverridesWatch, type WeightsStore } from './etcd-overrides.js';
import {
  instanceReport,
  InstanceStore,
  type InstanceStoreReport,
  unreadable,
} from './instance-store.js';
import { type InstancesStore, InstancesWatch } from './instances-watch.js';
import { OverrideStore } from './override-store.js';
import { StoresByService } from './stores-by-service.js';

export type NamespaceWatch = InstancesWatch<ServicesSnapshot>;

/** Keeps the instances of all services fresh: by one watch of their entries, and one of the weights that are set for them. */
export function watchNamespace(
  subject: WatchSubject<ServicesState>,
  options: EtcdContext,
): NamespaceWatch {
  const { source } = subject;
  const { logger, limits, clock } = options;
  const budget = new WarningBudget(logger, clock, unreadable('entries', source));
  const strays = instanceReport(source, budget, clock);
  const view = new NamespaceStore(source, {
    limits,
    reportOf: (prefix) => instanceReport(prefix, budget, clock),
    onStray: (key, error) => strays.broken(key, error),
  });
  const overrides = watchAllOverrides(options, () => watch.overridesChanged());
  const snapshots = new ServicesSnapshots();
  const overridden = function* (): Generator<Snapshot> {
    for (const snapshot of view.snapshots()) yield overrides.apply(snapshot);
  };
  const snapshot = () => {
    const revision = view.revision > overrides.revision ? view.revision : overrides.revision;
    return snapshots.of(overridden(), revision);
  };
  const watch: NamespaceWatch = new InstancesWatch(subject, options, { view, overrides, snapshot });
  return watch;
}

/** Keeps the weights set for all services fresh. */
function watchAllOverrides(options: EtcdContext, onChange: () => void): OverridesWatch {
  const { limits, logger, clock, namespace } = options;
  const source = allOverridesPrefix(namespace);
  const budget = new WarningBudget(logger, clock, unreadable('overrides', source));
  const onBrokenOf = (prefix: string) => {
    const warnings = new LimitedWarnings(budget, clock, unreadable('overrides', prefix));
    return (key: string, error: unknown) => warnings.warn(key, error);
  };
  const view = new NamespaceOverrideStore(source, {
    most: limits.instancesPerService,
    onBrokenOf,
    onStray: onBrokenOf(source),
  });
  return new OverridesWatch(source, view, options, onChange);
}

export interface NamespaceStoreOptions {
  /** The limits hold for each service. */
  readonly limits: RegistryLimits;
  /** Makes what is told of a service's entries. */
  readonly reportOf: (prefix: string) => InstanceStoreReport;
  /** Called once per key and revision of a key that belongs to no service. */
  readonly onStray: (key: string, error: unknown) => void;
}

/** The instances of all services of a namespace as lists and events tell of them. */
export class NamespaceStore implements InstancesStore {
  private readonly services: StoresByService<InstanceStore>;
  /** Services with instances that only a replaced store held. */
  private readonly doubtful = new Set<string>();

  constructor(prefix: string, { limits, reportOf, onStray }: NamespaceStoreOptions) {
    this.services = new StoresByService(prefix, {
      create: (service) => {
        const source = `${prefix}${service}/`;
        return new InstanceStore(service, source, limits, reportOf(source));
      },
      stray: (key) =>
        new BrokenEntryError(
          'instance',
          key,
          `its key is not of the form ${prefix}<service>/<instanceId>`,
        ),
      onStray,
    });
  }

  get revision(): bigint {
    return this.services.revision;
  }

  get brokenEntries(): number {
    return this.services.brokenEntries;
  }

  get version(): number {
    return this.services.version;
  }

  get isDoubtful(): boolean {
    return this.doubtful.size > 0;
  }

  /** The snapshot of each service, in order of name; the same object as long as the service has not changed. */
  *snapshots(): Generator<Snapshot> {
    for (const [, { snapshot }] of this.services.inOrder()) {
      if (snapshot.instances.length > 0) yield snapshot;
    }
  }

  replace(revision: bigint, kvs: readonly KeyValue[]): boolean {
    return this.services.replace(revision, kvs);
  }

  apply(events: readonly WatchEvent[]): boolean {
    return this.services.apply(events);
  }

  clear(): void {
    this.services.clear();
    for (const [service, { isDoubtful }] of this.services.inOrder()) {
      if (isDoubtful) this.doubtful.add(service);
    }
  }

  dropUnconfirmed(): void {
    const stillDoubtful = [...this.doubtful].filter(
      (service) => this.services.get(service)?.isDoubtful,
    );
    this.doubtful.clear();
    this.services.change(new Map(stillDoubtful.map((service) => [service, undefined])), (view) => {
      view.dropUnconfirmed();
      return true;
    });
  }
}

const NO_WEIGHTS: ReadonlyMap<string, number> = new Map();

export interface NamespaceOverrideStoreOptions {
  /** How many overrides are taken of each service; more are broken. */
  readonly most: number;
  /** Makes what is called once per broken key and revision of a service. */
  readonly onBrokenOf: (prefix: string) => (key: string, error: unknown) => void;
  /** Called once per key and revision of a key that belongs to no service. */
  readonly onStray: (key: string, error: unknown) => void;
}

/** The weights set from outside for all services of a namespace, as lists and events tell of them. */
export class NamespaceOverrideStore implements WeightsStore {
  private readonly services: StoresByService<OverrideStore>;

  constructor(prefix: string, { most, onBrokenOf, onStray }: NamespaceOverrideStoreOptions) {
    this.services = new StoresByService(prefix, {
      create: (service) => {
        const source = `${prefix}${service}/`;
        return new OverrideStore(source, most, onBrokenOf(source));
      },
      stray: (key) =>
        new BrokenEntryError(
          'override',
          key,
          `its key is not of the form ${prefix}<service>/<instanceId>`,
        ),
      onStray,
    });
  }

  get revision(): bigint {
    return this.services.revision;
  }

  get brokenEntries(): number {
    return this.services.brokenEntries;
  }

  get size(): number {
    let size = 0;
    for (const [, view] of this.services.inOrder()) size += view.size;
    return size;
  }

  weightsOf(service: string): ReadonlyMap<string, number> {
    return this.services.get(service)?.weights ?? NO_WEIGHTS;
  }

  replace(revision: bigint, kvs: readonly KeyValue[]): boolean {
    return this.services.replace(revision, kvs);
  }

  apply(events: readonly WatchEvent[]): boolean {
    return this.services.apply(events);
  }

  clear(): void {
    this.services.clear();
  }
}

import { BrokenEntryError } from '../errors/registry-errors.js';
import type { RegistryLimits } from '../limits.js';
import type { Snapshot } from '../watcher.js';
import type { KeyValue, WatchEvent } from './etcd-connection.js';
import { InstanceView, type InstanceViewReport } from './instance-view.js';
import type { InstancesView } from './instances-view.js';
import { ServiceViews } from './service-views.js';

export interface NamespaceViewOptions {
  /** The limits hold for each service. */
  readonly limits: RegistryLimits;
  /** Makes what is told of a service's entries. */
  readonly reportOf: (prefix: string) => InstanceViewReport;
  /** Called once per key and revision of a key that belongs to no service. */
  readonly onStray: (key: string, error: unknown) => void;
}

/** The instances of all services of a namespace as lists and events tell of them. */
export class NamespaceView implements InstancesView {
  private readonly services: ServiceViews<InstanceView>;
  /** Services with instances that only a replaced store held. */
  private readonly doubtful = new Set<string>();

  constructor(prefix: string, { limits, reportOf, onStray }: NamespaceViewOptions) {
    this.services = new ServiceViews(prefix, {
      create: (service) => {
        const source = `${prefix}${service}/`;
        return new InstanceView(service, source, limits, reportOf(source));
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

import { BrokenEntryError } from '../errors/registry-errors.js';
import type { KeyValue, WatchEvent } from './etcd-connection.js';
import { OverrideView } from './override-view.js';
import type { WeightsView } from './overrides-watch.js';
import { ServiceViews } from './service-views.js';

const NO_WEIGHTS: ReadonlyMap<string, number> = new Map();

export interface NamespaceWeightsOptions {
  /** How many overrides are taken of each service; more are broken. */
  readonly most: number;
  /** Makes what is called once per broken key and revision of a service. */
  readonly onBrokenOf: (prefix: string) => (key: string, error: unknown) => void;
  /** Called once per key and revision of a key that belongs to no service. */
  readonly onStray: (key: string, error: unknown) => void;
}

/** The weights set from outside for all services of a namespace, as lists and events tell of them. */
export class NamespaceWeights implements WeightsView {
  private readonly services: ServiceViews<OverrideView>;

  constructor(prefix: string, { most, onBrokenOf, onStray }: NamespaceWeightsOptions) {
    this.services = new ServiceViews(prefix, {
      create: (service) => {
        const source = `${prefix}${service}/`;
        return new OverrideView(source, most, onBrokenOf(source));
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

import type { EnvoyIngress } from '../resources/listener.js';
import type { Flavour } from '../resources/flavour.js';
import { groupEndpoints } from '../resources/endpoint-groups.js';
import { assertView } from '../assert-view.js';
import type { LeftOutEndpoint, ServiceView } from '../service-view.js';
import { FlavouredResources, type StoredResource } from './flavoured-resources.js';
import { ServiceViews } from './service-views.js';

/** Type URLs of changed resources, by flavour. */
export type Changes = ReadonlyMap<Flavour, ReadonlySet<string>>;

export interface ResourceStoreOptions {
  /** First part of every version. It must differ between two runs of a control plane. */
  readonly epoch: string;
  /** Where Envoy accepts calls. */
  readonly ingress: EnvoyIngress;
  /** How many services without a view the store creates because clients ask for them. */
  readonly maxUnknownServices: number;
}

/** The current resources of each flavour in use. They are built when a client first asks for them. */
export class ResourceStore {
  private readonly views: ServiceViews;
  private readonly flavours = new Map<Flavour, FlavouredResources>();
  private counter = 0;
  /** Whether a service got its first view since the last refresh. */
  private hasNewServices = false;

  constructor(private readonly options: ResourceStoreOptions) {
    this.views = new ServiceViews(options.maxUnknownServices);
  }

  /** The services that have a view. */
  get serviceNames(): readonly string[] {
    return this.views.all.map(({ view }) => view.name);
  }

  /**
   * Replaces the view of a service.
   * @returns the endpoints that clients would reject
   * @throws RangeError for a view that no client could take
   */
  set(view: ServiceView): readonly LeftOutEndpoint[] {
    assertView(view);
    const { groups, leftOut } = groupEndpoints(view.endpoints);
    this.hasNewServices ||= !this.views.has(view.name);
    this.views.set({ view, groups });
    return leftOut;
  }

  /**
   * Removes the endpoints of a service and nothing else. Its listener and its cluster stay as they are: some clients never
   * recover from a deletion.
   */
  empty(name: string): void {
    const known = this.views.known(name);
    if (known) this.views.set({ view: { ...known.view, endpoints: [] }, groups: [] });
  }

  /** Rebuilds the resources of services whose views were replaced. */
  refresh(names: ReadonlySet<string>): Changes {
    const { hasNewServices } = this;
    this.hasNewServices = false;
    return new Map(
      [...this.flavours].map(([flavour, all]) => [flavour, all.refresh(names, hasNewServices)]),
    );
  }

  /** A resource, or undefined if there is none of this name. */
  resource(flavour: Flavour, type: string, name: string): StoredResource | undefined {
    return this.of(flavour).resource(type, name);
  }

  /** The names that a wildcard subscription stands for. */
  wildcard(flavour: Flavour, type: string): readonly string[] {
    return this.of(flavour).wildcard(type);
  }

  private of(flavour: Flavour): FlavouredResources {
    const known = this.flavours.get(flavour);
    if (known) return known;
    const { epoch, ingress } = this.options;
    const nextVersion = () => `${epoch}.${++this.counter}`;
    const created = new FlavouredResources(flavour, this.views, ingress, nextVersion);
    this.flavours.set(flavour, created);
    return created;
  }
}

import { anyPack, type Any } from '@bufbuild/protobuf/wkt';
import type { DescMessage, Message } from '@bufbuild/protobuf';
import { ClusterSchema } from '../gen/envoy/config/cluster/v3/cluster_pb.js';
import { ClusterLoadAssignmentSchema } from '../gen/envoy/config/endpoint/v3/endpoint_pb.js';
import { ListenerSchema } from '../gen/envoy/config/listener/v3/listener_pb.js';
import { RouteConfigurationSchema } from '../gen/envoy/config/route/v3/route_pb.js';
import { type Flavour, INGRESS, serviceResource, sharedResource } from '../resources/flavour.js';
import type { EnvoyIngress } from '../resources/listener.js';
import { CLUSTER, LISTENER, ROUTE } from '../resources/resource-type.js';
import type { ServiceViews } from './service-views.js';

/** A resource in its encoded form. */
export interface StoredResource {
  readonly name: string;
  readonly version: string;
  readonly resource: Any;
}

const SCHEMAS = new Map<string, DescMessage>(
  [ClusterSchema, ClusterLoadAssignmentSchema, ListenerSchema, RouteConfigurationSchema].map(
    (schema) => [schema.typeName, schema],
  ),
);

/** The resources of one flavour. A version changes only with the encoded bytes, so that a no-op reaches no client. */
export class FlavouredResources {
  private readonly stored = new Map<string, Map<string, StoredResource>>();

  constructor(
    private readonly flavour: Flavour,
    private readonly views: ServiceViews,
    private readonly ingress: EnvoyIngress,
    private readonly nextVersion: () => string,
  ) {}

  resource(type: string, name: string): StoredResource | undefined {
    return this.ofType(type).get(name) ?? this.rebuild(type, name);
  }

  wildcard(type: string): readonly string[] {
    if (type === CLUSTER) return this.views.all.map(({ view }) => view.name);
    return this.flavour === 'envoy' && type === LISTENER ? [INGRESS] : [];
  }

  /**
   * Rebuilds the resources that clients have asked for before.
   * @param hasNewServices Whether there are services that a wildcard, or a name without a resource, may stand for by now.
   * @returns the types that changed, or may have
   */
  refresh(names: ReadonlySet<string>, hasNewServices: boolean): ReadonlySet<string> {
    const changed = new Set<string>();
    for (const [type, known] of this.stored) {
      if (hasNewServices) changed.add(type);
      // Routes belong to all services together.
      const affected = type === ROUTE ? [...known.keys()] : [...names];
      for (const name of affected) {
        const before = known.get(name);
        if (before && this.rebuild(type, name) !== before) changed.add(type);
      }
    }
    return changed;
  }

  private rebuild(type: string, name: string): StoredResource | undefined {
    const message = this.build(type, name);
    const known = this.ofType(type);
    const schema = message && SCHEMAS.get(message.$typeName);
    if (!message || !schema) return undefined;
    const resource = anyPack(schema, message);
    const before = known.get(name);
    if (before && Buffer.compare(before.resource.value, resource.value) === 0) return before;
    const stored = { name, version: this.nextVersion(), resource };
    known.set(name, stored);
    return stored;
  }

  private build(type: string, name: string): Message | undefined {
    if (this.flavour === 'envoy' && (type === LISTENER || type === ROUTE)) {
      if (name !== INGRESS) return undefined;
      const views = this.views.all.map(({ view }) => view);
      return sharedResource(this.flavour, type, views, this.ingress);
    }
    const view = this.views.get(name);
    return view && serviceResource(this.flavour, type, view);
  }

  private ofType(type: string): Map<string, StoredResource> {
    const known = this.stored.get(type);
    if (known) return known;
    const created = new Map<string, StoredResource>();
    this.stored.set(type, created);
    return created;
  }
}

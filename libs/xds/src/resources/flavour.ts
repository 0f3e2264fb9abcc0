import type { Message } from '@bufbuild/protobuf';
import type { Node } from '../gen/envoy/config/core/v3/base_pb.js';
import type { ServiceView } from '../service-view.js';
import { envoyCluster, grpcCluster } from './cluster.js';
import type { EndpointGroup } from './endpoint-groups.js';
import { clusterLoadAssignment } from './endpoints.js';
import { type EnvoyIngress, envoyListener, grpcListener } from './listener.js';
import { CLUSTER, ENDPOINTS, LISTENER, ROUTE } from './resource-type.js';
import { envoyRoutes } from './route.js';

/** Clients that need different resources for the same services. */
export type Flavour =
  | 'grpc'
  /** Keeps calling the last instances of a service whose list becomes empty. */
  | 'grpc-java'
  /**
   * gRPC C core: C++, Python, Ruby, PHP. With 1.85.3, calls with a timeout from a route ended 1.1 to 1.9 s early, so that a
   * timeout of 1 s failed every call at once.
   */
  | 'grpc-core'
  /** gRPC C core before 1.52, which crashes on ring_hash. */
  | 'grpc-core-without-ring-hash'
  | 'envoy';

/** Resource name of Envoy's listener and of its routes. */
export const INGRESS = 'ingress';

/** A service, with its endpoints in the form that clients accept. */
export interface GroupedView {
  readonly view: ServiceView;
  readonly groups: readonly EndpointGroup[];
}

/** The flavour of a client, from the user agent in its first request. */
export function flavourOf(node: Node | undefined): Flavour {
  const agent = node?.userAgentName ?? '';
  if (agent === 'envoy') return 'envoy';
  if (agent === 'gRPC Java') return 'grpc-java';
  if (!/C-core/i.test(agent)) return 'grpc';
  const isOld = isBefore152(node?.userAgentVersionType.value);
  return isOld ? 'grpc-core-without-ring-hash' : 'grpc-core';
}

function isBefore152(version: unknown): boolean {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(typeof version === 'string' ? version : '') ?? [];
  return Number(major) === 1 && Number(minor) < 52;
}

/** A resource of one service. */
export function serviceResource(
  flavour: Flavour,
  type: string,
  { view, groups }: GroupedView,
): Message | undefined {
  switch (type) {
    case LISTENER:
      if (flavour === 'envoy') return undefined;
      return grpcListener(view, { hasTimeouts: !flavour.startsWith('grpc-core') });
    case CLUSTER:
      if (flavour === 'envoy') return envoyCluster(view);
      return grpcCluster(view, { canHash: flavour !== 'grpc-core-without-ring-hash' });
    case ENDPOINTS:
      return clusterLoadAssignment(view.name, groups, { tombstone: flavour === 'grpc-java' });
    default:
      return undefined;
  }
}

/** A resource of all services together, which only Envoy has. */
export function sharedResource(
  flavour: Flavour,
  type: string,
  views: readonly ServiceView[],
  ingress: EnvoyIngress,
): Message | undefined {
  if (flavour !== 'envoy') return undefined;
  if (type === LISTENER) return envoyListener(INGRESS, ingress);
  return type === ROUTE ? envoyRoutes(INGRESS, views) : undefined;
}

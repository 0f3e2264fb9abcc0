import type { DescMessage } from '@bufbuild/protobuf';
import { ClusterSchema } from '../gen/envoy/config/cluster/v3/cluster_pb.js';
import { ClusterLoadAssignmentSchema } from '../gen/envoy/config/endpoint/v3/endpoint_pb.js';
import { ListenerSchema } from '../gen/envoy/config/listener/v3/listener_pb.js';
import { RouteConfigurationSchema } from '../gen/envoy/config/route/v3/route_pb.js';

/** Type URLs of the resources that the control plane serves. */
export const LISTENER = urlOf(ListenerSchema);
export const ROUTE = urlOf(RouteConfigurationSchema);
export const CLUSTER = urlOf(ClusterSchema);
export const ENDPOINTS = urlOf(ClusterLoadAssignmentSchema);

/** The order of pushes: a client must know a cluster before a route leads to it. */
export const PUSH_ORDER: readonly string[] = [CLUSTER, ENDPOINTS, LISTENER, ROUTE];

/**
 * Whether a response in the state-of-the-world protocol must contain all subscribed resources: one that is missing counts
 * as deleted.
 */
export function isWholeState(type: string): boolean {
  return type === LISTENER || type === CLUSTER;
}

/** The type URL of a message within `google.protobuf.Any`. */
export function urlOf({ typeName }: DescMessage): string {
  return `type.googleapis.com/${typeName}`;
}

import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { HealthStatus } from '../gen/envoy/config/core/v3/health_check_pb.js';
import {
  type ClusterLoadAssignment,
  ClusterLoadAssignmentSchema,
} from '../gen/envoy/config/endpoint/v3/endpoint_pb.js';
import type { LocalityLbEndpointsSchema } from '../gen/envoy/config/endpoint/v3/endpoint_components_pb.js';
import type { EndpointGroup, GroupedEndpoint } from './endpoint-groups.js';

/** Refuses every connection at once: nothing listens on port 1 of the client's own host. */
const TOMBSTONE: EndpointGroup = {
  ...{ priority: 0, region: '', zone: '', subZone: '', weight: 1 },
  endpoints: [{ ip: '127.0.0.1', port: 1, draining: false }],
};

/**
 * @param tombstone Whether an empty service gets an endpoint that refuses connections. grpc-java keeps calling the last
 * instances of a service whose list becomes empty.
 */
export function clusterLoadAssignment(
  name: string,
  groups: readonly EndpointGroup[],
  { tombstone }: { readonly tombstone: boolean },
): ClusterLoadAssignment {
  const served = groups.length === 0 && tombstone ? [TOMBSTONE] : groups;
  return create(ClusterLoadAssignmentSchema, {
    clusterName: name,
    endpoints: served.map(localityEndpoints),
  });
}

/** The sub-zone carries the weight, because clients require each locality once. */
function localityEndpoints(
  group: EndpointGroup,
): MessageInitShape<typeof LocalityLbEndpointsSchema> {
  const { region, zone, subZone, weight, priority, endpoints } = group;
  return {
    locality: { region, zone, subZone: subZone === '' ? `w${weight}` : `${subZone}/w${weight}` },
    loadBalancingWeight: weight * endpoints.length,
    priority,
    lbEndpoints: endpoints.map((endpoint) => lbEndpoint(endpoint, weight)),
  };
}

function lbEndpoint({ ip, port, draining }: GroupedEndpoint, weight: number) {
  return {
    hostIdentifier: {
      case: 'endpoint' as const,
      value: {
        address: {
          address: {
            case: 'socketAddress' as const,
            value: { address: ip, portSpecifier: { case: 'portValue' as const, value: port } },
          },
        },
      },
    },
    healthStatus: draining ? HealthStatus.DRAINING : HealthStatus.HEALTHY,
    loadBalancingWeight: weight,
  };
}

import type { EndpointDescription, EndpointStatus } from '../channel/channel-description.js';
import type { InstanceEndpoint } from '../channel/instance-endpoint.js';
import type { ChildState } from './endpoint-child.js';

/**
 * @param stateOf the state of an endpoint's child, undefined when it has none.
 * @param isHeld whether it is gone from the registry.
 */
export function describeEndpoint(
  { instance }: InstanceEndpoint,
  state: ChildState | undefined,
  isHeld: boolean,
): EndpointDescription {
  return {
    instanceId: instance.id,
    address: instance.address,
    status: statusOf(state, instance.weight),
    isHeld,
    reason: state?.kind === 'failing' ? state.error : undefined,
  };
}

export function countByStatus(
  endpoints: readonly EndpointDescription[],
): Record<EndpointStatus, number> {
  const counts: Record<EndpointStatus, number> = {
    ready: 0,
    draining: 0,
    unhealthy: 0,
    ejected: 0,
    connecting: 0,
    failing: 0,
    filtered: 0,
  };
  for (const { status } of endpoints) counts[status] += 1;
  return counts;
}

function statusOf(state: ChildState | undefined, weight: number): EndpointStatus {
  if (!state) return 'filtered';
  if (state.kind === 'failing') return state.cause;
  if (state.kind === 'ready' && weight === 0) return 'draining';
  return state.kind;
}

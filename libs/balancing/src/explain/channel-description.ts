import type { ServiceInstance } from '@grpc-discovery/registry';
import type { EndpointState, PassedOverReason } from '../policies/policy.js';

/** The status of an instance in a channel. Each instance has exactly one. */
export type EndpointStatus =
  /** Connected, and gets calls. */
  | 'ready'
  /** Connected, with weight 0: gets calls only if all have weight 0. */
  | 'draining'
  /** Connected, and reports that it does not serve. */
  | 'unhealthy'
  /** Connected, and ejected by outlier detection because of its errors. */
  | 'ejected'
  /** Not connected yet. */
  | 'connecting'
  /** The last attempt to connect failed; more attempts follow. */
  | 'failing'
  /** Not connected, because no policy of the channel selects it. */
  | 'filtered';

export interface EndpointDescription {
  readonly instanceId: string;
  readonly address: string;
  readonly status: EndpointStatus;
  /** Whether a mass removal removed it from the registry while the channel still calls it. */
  readonly isHeld: boolean;
  /** Why it gets no calls, if known. */
  readonly reason: string | undefined;
}

/** The instances of a channel at one moment. */
export interface ChannelDescription {
  readonly endpoints: readonly EndpointDescription[];
  /** Number of endpoints by status. */
  readonly counts: Readonly<Record<EndpointStatus, number>>;
  /** Number of endpoints that the channel's policy passes over, by reason. Policies of methods are not included. */
  readonly passedOver: Readonly<Record<PassedOverReason, number>>;
  /** Number of mass removals after which instances were held, since the channel left idleness. */
  readonly massRemovals: number;
  /** Why calls of the channel's policy currently fail; undefined if they don't. */
  readonly failure: string | undefined;
}

/**
 * @param state State of the endpoint; undefined if it has no subchannel.
 * @param isHeld Whether it has left the registry.
 */
export function describeEndpoint(
  instance: ServiceInstance,
  state: EndpointState | undefined,
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

function statusOf(state: EndpointState | undefined, weight: number): EndpointStatus {
  if (!state) return 'filtered';
  if (state.kind === 'failing') return state.cause;
  if (state.kind === 'ready' && weight === 0) return 'draining';
  return state.kind;
}

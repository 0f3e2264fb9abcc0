import { parseAddress, type ServiceInstance, type Snapshot } from '@grpc-discovery/registry';
import type { ServiceView, ViewEndpoint, ViewPolicy } from '@grpc-discovery/xds';

/** A published gRPC service config. */
export type PublishedConfig = Readonly<Record<string, unknown>>;

/**
 * A service as clients should see it. Overrides of weights are part of the snapshot; a service that is drained as a whole has
 * weight 0 everywhere, which clients treat as equal weights.
 */
export function serviceView(
  { service, instances }: Snapshot,
  config?: PublishedConfig,
): ServiceView {
  const policy = policyOf(config);
  return { name: service, endpoints: instances.map(viewEndpoint), ...(policy && { policy }) };
}

function viewEndpoint({ address, weight, locality }: ServiceInstance): ViewEndpoint {
  return { ...parseAddress(address), weight, ...locality };
}

/** The first policy of the config that xDS clients have; they balance in turn with any other. */
function policyOf(config: PublishedConfig | undefined): ViewPolicy | undefined {
  const list: unknown = config?.loadBalancingConfig;
  if (!Array.isArray(list)) return undefined;
  for (const entry of list as readonly unknown[]) {
    const [kind, settings] = Object.entries(entry ?? {})[0] ?? [];
    if (kind === 'round_robin' || kind === 'weighted_round_robin') return { kind: 'round_robin' };
    if (kind !== 'least_request') continue;
    const { choiceCount } = (settings ?? {}) as { readonly choiceCount?: unknown };
    const isCount = Number.isInteger(choiceCount) && isBetween(Number(choiceCount), 2, 100);
    return isCount ? { kind, choiceCount: Number(choiceCount) } : { kind };
  }
  return undefined;
}

function isBetween(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

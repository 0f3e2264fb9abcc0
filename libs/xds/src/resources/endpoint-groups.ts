import { isIP } from 'node:net';
import type { LeftOutEndpoint, ViewEndpoint } from '../service-view.js';

/** Endpoints of one locality, priority and weight: xDS clients ignore the weights of single endpoints. */
export interface EndpointGroup {
  readonly priority: number;
  readonly region: string;
  readonly zone: string;
  readonly subZone: string;
  /** Weight of each endpoint, at least 1. */
  readonly weight: number;
  readonly endpoints: readonly GroupedEndpoint[];
}

export interface GroupedEndpoint {
  readonly ip: string;
  readonly port: number;
  readonly draining: boolean;
}

export interface GroupedEndpoints {
  readonly groups: readonly EndpointGroup[];
  readonly leftOut: readonly LeftOutEndpoint[];
}

const MAX_WEIGHT = 65_535;

/**
 * Puts endpoints into the form that every xDS client accepts: IP addresses without duplicates, weights above 0, and
 * priorities from 0 without gaps. Clients reject a whole list for one bad entry, so bad ones are left out.
 */
export function groupEndpoints(endpoints: readonly ViewEndpoint[]): GroupedEndpoints {
  const leftOut: LeftOutEndpoint[] = [];
  const seen = new Set<string>();
  const valid: (ViewEndpoint & { readonly ip: string })[] = [];
  for (const endpoint of endpoints) {
    const ip = normalIp(endpoint.host);
    const key = `${ip} ${endpoint.port}`;
    const reason = fault(endpoint, ip) ?? (seen.has(key) ? 'duplicate address' : undefined);
    if (reason !== undefined || ip === undefined) {
      leftOut.push({ endpoint, reason: reason ?? 'not an IP address' });
      continue;
    }
    seen.add(key);
    valid.push({ ...endpoint, ip });
  }
  return { groups: groupsOf(withWeight(valid)), leftOut };
}

type ValidEndpoint = ViewEndpoint & { readonly ip: string };

function fault(
  { port, weight }: ViewEndpoint,
  ip: string | undefined,
): LeftOutEndpoint['reason'] | undefined {
  if (ip === undefined) return 'not an IP address';
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return 'invalid port';
  if (!Number.isInteger(weight) || weight < 0 || weight > MAX_WEIGHT) return 'invalid weight';
  return undefined;
}

/** xDS has no weight 0. If all endpoints have it, all get calls, as with clients of the registry. */
function withWeight(endpoints: readonly ValidEndpoint[]): readonly ValidEndpoint[] {
  const weighted = endpoints.filter(({ weight }) => weight > 0);
  return weighted.length > 0 ? weighted : endpoints.map((endpoint) => ({ ...endpoint, weight: 1 }));
}

function groupsOf(endpoints: readonly ValidEndpoint[]): readonly EndpointGroup[] {
  const priorities = [...new Set(endpoints.map(({ priority = 0 }) => priority))].sort(
    (a, b) => a - b,
  );
  const contiguous = new Map(priorities.map((priority, index) => [priority, index]));
  const groups = new Map<string, EndpointGroup & { readonly endpoints: GroupedEndpoint[] }>();
  for (const endpoint of endpoints) {
    const { ip, port, weight, region = '', zone = '', subZone = '', draining = false } = endpoint;
    const priority = contiguous.get(endpoint.priority ?? 0) ?? 0;
    const key = JSON.stringify([priority, region, zone, subZone, weight]);
    const group = groups.get(key) ?? { priority, region, zone, subZone, weight, endpoints: [] };
    group.endpoints.push({ ip, port, draining });
    groups.set(key, group);
  }
  // The same endpoints in another order must give the same bytes.
  for (const { endpoints: members } of groups.values()) {
    members.sort((a, b) => compare(a.ip, b.ip) || a.port - b.port);
  }
  return [...groups].sort(([a], [b]) => compare(a, b)).map(([, group]) => group);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** An IP address in one spelling, so that duplicates are found; undefined for a host name. */
function normalIp(host: string): string | undefined {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  const family = isIP(bare);
  if (family === 4) return bare;
  if (family !== 6 || bare.includes('%')) return undefined;
  return new URL(`http://[${bare}]`).hostname.slice(1, -1);
}

import type { ServiceInstance } from '@grpc-discovery/registry';
import { splitHostPort, type Endpoint, type SubchannelAddress } from '../grpc/experimental.js';

/**
 * An endpoint that carries its instance. Data of one instance is passed in this way because grpc-js hands unknown fields of an
 * endpoint to the policy unchanged, while a change of a resolver attribute reconnects every subchannel.
 */
export interface InstanceEndpoint extends Endpoint {
  readonly instance: ServiceInstance;
  readonly addresses: [SubchannelAddress];
}

export function isInstanceEndpoint(endpoint: Endpoint): endpoint is InstanceEndpoint {
  return 'instance' in endpoint;
}

/**
 * The endpoints of these instances: one per address, in the order of the instances. Instances whose address can't be parsed
 * are left out. Endpoints of `known` are reused if nothing has changed, so that a comparison of identities finds changes.
 */
export function instanceEndpoints(
  instances: readonly ServiceInstance[],
  known: readonly InstanceEndpoint[],
): InstanceEndpoint[] {
  const knownByAddress = new Map(known.map((endpoint) => [endpoint.instance.address, endpoint]));
  const endpoints: InstanceEndpoint[] = [];
  for (const instance of newestByAddress(instances).values()) {
    const old = knownByAddress.get(instance.address);
    const address = old?.addresses[0] ?? parseAddress(instance.address);
    if (old && isSameInstance(old.instance, instance)) endpoints.push(old);
    else if (address) endpoints.push({ addresses: [address], instance });
  }
  return endpoints;
}

/**
 * Two instances at one address are a process and its predecessor whose lease has not expired yet. The one that started later
 * wins; of two equal ones the first, which is the same for all clients.
 */
function newestByAddress(instances: readonly ServiceInstance[]): Map<string, ServiceInstance> {
  const newest = new Map<string, ServiceInstance>();
  for (const instance of instances) {
    const other = newest.get(instance.address);
    if (!other || startOf(instance) > startOf(other)) newest.set(instance.address, instance);
  }
  return newest;
}

function startOf({ startedAt }: ServiceInstance): number {
  return Date.parse(startedAt) || 0;
}

function parseAddress(address: string): SubchannelAddress | undefined {
  const { host, port = 0 } = splitHostPort(address) ?? { host: '' };
  return host !== '' && port > 0 && port <= 65_535 ? { host, port } : undefined;
}

function isSameInstance(one: ServiceInstance, other: ServiceInstance): boolean {
  return (
    one === other ||
    (one.id === other.id &&
      one.service === other.service &&
      one.address === other.address &&
      one.version === other.version &&
      one.weight === other.weight &&
      one.startedAt === other.startedAt &&
      one.locality.region === other.locality.region &&
      one.locality.zone === other.locality.zone &&
      one.locality.subZone === other.locality.subZone &&
      isSameRecord(one.metadata, other.metadata))
  );
}

function isSameRecord(
  one: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}

import { BlockList, isIP } from 'node:net';
import {
  isLoopback,
  normalizeEtcdOptions,
  parseAddress,
  type EtcdRegistryOptions,
  type ServiceInstance,
} from '@grpc-discovery/registry';
import { hint, type Finding } from './finding.js';

const REMEDY =
  "bind the server's url to an address of its machine that others reach, or set advertisedAddress, or " +
  'DISCOVERY_ADVERTISED_ADDRESS, where it runs';

/** RFC 6890: addresses that no other host can dial on any network. */
const NOT_DIALLED = new BlockList();
NOT_DIALLED.addSubnet('0.0.0.0', 8, 'ipv4');
NOT_DIALLED.addSubnet('169.254.0.0', 16, 'ipv4');
NOT_DIALLED.addSubnet('224.0.0.0', 3, 'ipv4');
NOT_DIALLED.addAddress('::', 'ipv6');
NOT_DIALLED.addSubnet('fe80::', 10, 'ipv6');
NOT_DIALLED.addSubnet('ff00::', 8, 'ipv6');

/** Reports an instance whose address leads clients on other hosts nowhere or to another process. */
export function checkAddress(instance: ServiceInstance, etcd: EtcdRegistryOptions): Finding[] {
  const { service, id, address } = instance;
  const { host } = parseAddress(address);
  const reality = realityOf(host, etcd);
  if (reality === undefined) return [];
  return [hint('address', `${service}/${id} is registered at ${address}, ${reality}: ${REMEDY}`)];
}

function realityOf(host: string, etcd: EtcdRegistryOptions): string | undefined {
  if (isNotDialled(host)) return 'which no other host can dial';
  if (!isLoopback(host) || isEtcdOnLoopback(etcd)) return undefined;
  return 'where each client on another host dials itself, as etcd is not on this host';
}

/** Also matches a tunnel, which hides where the instances are. */
function isEtcdOnLoopback(etcd: EtcdRegistryOptions): boolean {
  return normalizeEtcdOptions(etcd).hosts.some((url) => isLoopback(new URL(url).hostname));
}

/** Also finds an IPv4 address in the form of IPv6. */
function isNotDialled(host: string): boolean {
  const family = isIP(host);
  return family !== 0 && NOT_DIALLED.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

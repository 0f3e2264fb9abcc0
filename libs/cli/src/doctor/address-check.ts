import { BlockList, isIP } from 'node:net';
import {
  normalizeEtcdOptions,
  parseAddress,
  type EtcdRegistryOptions,
  type ServiceInstance,
} from '@grpc-discovery/registry';
import { hint, type Finding } from './finding.js';

const REMEDY =
  "bind the server's url to an address of its machine that others reach, or set advertisedAddress, or " +
  'DISCOVERY_ADVERTISED_ADDRESS, where it runs';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** RFC 6890: what no other machine can dial, whatever the network. */
const NOT_DIALLED = new BlockList();
NOT_DIALLED.addSubnet('0.0.0.0', 8, 'ipv4');
NOT_DIALLED.addSubnet('169.254.0.0', 16, 'ipv4');
NOT_DIALLED.addSubnet('224.0.0.0', 3, 'ipv4');
NOT_DIALLED.addAddress('::', 'ipv6');
NOT_DIALLED.addSubnet('fe80::', 10, 'ipv6');
NOT_DIALLED.addSubnet('ff00::', 8, 'ipv6');

/** Whether an instance has registered an address that clients on other machines can't dial, or reach something else by. */
export function checkAddress(instance: ServiceInstance, etcd: EtcdRegistryOptions): Finding[] {
  const { service, id, address } = instance;
  const { host } = parseAddress(address);
  const reality = realityOf(host, etcd);
  if (reality === undefined) return [];
  return [hint('address', `${service}/${id} is registered at ${address}, ${reality}: ${REMEDY}`)];
}

function realityOf(host: string, etcd: EtcdRegistryOptions): string | undefined {
  if (isWithin(NOT_DIALLED, host)) return 'which no other machine can dial';
  if (!isLoopback(host) || isEtcdOnLoopback(etcd)) return undefined;
  return 'which is its own machine to each client, though etcd is elsewhere';
}

/** With a tunnel, too: there is no telling where the instances are then. */
function isEtcdOnLoopback(etcd: EtcdRegistryOptions): boolean {
  return normalizeEtcdOptions(etcd).hosts.some((url) => isLoopback(new URL(url).hostname));
}

function isLoopback(given: string): boolean {
  const host = given.replace(/^\[|\]$/g, '');
  // RFC 6761: names below localhost are loopback, too.
  return isWithin(LOOPBACK, host) || /^(.+\.)?localhost\.?$/i.test(host);
}

/** An IPv4 address in the form of IPv6 is found as the one that it is. */
function isWithin(list: BlockList, host: string): boolean {
  const family = isIP(host);
  return family !== 0 && list.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

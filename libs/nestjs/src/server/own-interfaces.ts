import { printable } from '@grpc-discovery/registry';
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import { listensOn, type ServerUrl } from './bound-server.js';
import { invalidOptions } from '../errors.js';

/** The result of `os.networkInterfaces()`. */
export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** An advertised address that names an interface of this host, or a network with one of its addresses. */
export interface OwnAddressName {
  readonly interface?: string;
  readonly network?: { readonly base: string; readonly prefix: number };
  /** Undefined for the bound port. */
  readonly port: number | undefined;
}

/** Names that only interfaces have. No client dials such a host, so the interface must be missing. */
const OF_INTERFACES =
  /^(?:lo|(?:eth|en|wlan|wl|ww|ib|ppp|wg|tun|tap|utun|bond|br|bridge|docker|podman|virbr|vmnet|vboxnet|cni|veth|tailscale)\d+(?:\.\d+)?|(?:en|wl|ww)(?:o\d+|s\d+|p\d+s\d+|x[\da-f]{12})\w*)$/i;

const NETWORKS = [
  /^\[(?<base>[^\]]+)\/(?<prefix>\d{1,3})\](?::(?<port>\d{1,5}))?$/,
  /^(?<base>[\d.]+)\/(?<prefix>\d{1,3})(?::(?<port>\d{1,5}))?$/,
  /^(?<base>[\da-f:.]+)\/(?<prefix>\d{1,3})$/i,
];

/** The option or the variable, and its value. */
export interface AddressSource {
  readonly source: string;
  readonly given: string;
}

/**
 * Reads `eth0`, `10.0.0.0/8` or `fd00::/8`, each with a port or without (`[fd00::/8]:80`); undefined for a host.
 * @throws Error for an invalid network
 */
export function ownAddressName(given: string, interfaces: Interfaces): OwnAddressName | undefined {
  if (given.includes('/')) return network(given);
  if (interfaces[given]) return { interface: given, port: undefined };
  const [, name, port] = /^([^:[\]]+)(?::(\d{1,5}))?$/.exec(given) ?? [];
  if (name === undefined || !(interfaces[name] ?? OF_INTERFACES.test(name))) return undefined;
  return { interface: name, port: portNumber(port) };
}

/**
 * The one matching address of this host. IPv4 is preferred if an interface has both families.
 * @param url The url that the server binds; only addresses that it listens on match.
 * @throws InvalidOptionError when no address, or more than one, matches
 */
export function ownAddress(
  name: OwnAddressName,
  url: ServerUrl,
  interfaces: Interfaces,
  { source, given }: AddressSource,
): string {
  const all = addressesOf(interfaces);
  const named = [...new Set(all.filter((it) => isNamed(it, name)).map(({ address }) => address))];
  const own = named.filter((address) => listensOn(url, address));
  const candidates = name.interface !== undefined && own.some(isIPv4) ? own.filter(isIPv4) : own;
  const [only, second] = candidates;
  if (only !== undefined && second === undefined) return only;
  const unheard =
    named.length > 0 ? `has ${named.join(', ')}, where the server does not listen` : undefined;
  const found = second === undefined ? (unheard ?? 'has none') : `has ${candidates.join(', ')}`;
  const host = all.map((it) => `${printable(it.interface)} ${it.address}`).join(', ') || 'none';
  throw invalidOptions.advertisedInterface(source, printable(given), found, host);
}

function network(given: string): OwnAddressName {
  const match = NETWORKS.map((form) => form.exec(given)?.groups).find(Boolean);
  const { base = '', prefix, port } = match ?? {};
  const most = isIPv4(base) ? 32 : 128;
  if (isIP(base) === 0 || Number(prefix) > most) throw new Error('it is not a network');
  return { network: { base, prefix: Number(prefix) }, port: portNumber(port) };
}

function portNumber(port: string | undefined): number | undefined {
  if (port === undefined) return undefined;
  if (Number(port) < 1 || Number(port) > 65_535) throw new Error('its port is out of range');
  return Number(port);
}

function isNamed(
  { interface: on, address }: { readonly interface: string; readonly address: string },
  name: OwnAddressName,
): boolean {
  if (!name.network) return on === name.interface;
  const { base, prefix } = name.network;
  const family = isIPv6(base) ? 'ipv6' : 'ipv4';
  if ((family === 'ipv6') !== isIPv6(address)) return false;
  const list = new BlockList();
  list.addSubnet(base, prefix, family);
  return list.check(address, family);
}

/** Link-local addresses are omitted: to dial one, a client needs the name of an interface. */
function addressesOf(interfaces: Interfaces) {
  return Object.entries(interfaces).flatMap(([name, addresses = []]) =>
    addresses
      .filter(({ address }) => !/^(fe[89ab]|169\.254\.)/i.test(address))
      .map(({ address }) => ({ interface: name, address })),
  );
}

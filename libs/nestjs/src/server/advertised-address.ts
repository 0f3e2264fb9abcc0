import { formatAddress, isLoopback, parseAddress, printable } from '@grpc-discovery/registry';
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type AddressSource,
  type Interfaces,
  ownAddress,
  ownAddressName,
  type OwnAddressName,
} from './own-interfaces.js';
import { isWildcard, type ServerUrl } from './bound-server.js';
import { invalidOptions } from '../errors.js';

/** Environment variable with the advertised address; the option overrides it. */
const ADVERTISED_ADDRESS_VARIABLE = 'DISCOVERY_ADVERTISED_ADDRESS';

export interface AdvertisedAddressSources {
  /** `service.advertisedAddress` of the module. */
  readonly option: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  /** The address to bind. */
  readonly url: ServerUrl;
  /** The port really bound. */
  readonly boundPort: number;
  /** Urls of the registry's hosts. By default, the server advertises the interface that routes to the first one that resolves. */
  readonly registryHosts: readonly string[];
  /** The interfaces of this host. @default the current ones */
  readonly interfaces?: Interfaces;
}

/** The host, interface or network that the option or the variable names. */
type Named = AddressSource &
  (
    | { readonly kind: 'host'; readonly host: string; readonly port: number | undefined }
    | { readonly kind: 'own'; readonly own: OwnAddressName }
  );

/**
 * The address under which clients reach the server: the option, else the environment, else the host the server was
 * bound to, else the interface that routes to the registry. Option and environment may name a host, or an interface or a network
 * of this host. Without a port, the bound port is used.
 * @throws InvalidOptionError if the address can't be dialled, or the interface or network does not have exactly one address
 * that the server listens on
 */
export async function advertisedAddress(sources: AdvertisedAddressSources): Promise<string> {
  const { option, environment, url, boundPort, registryHosts } = sources;
  const { interfaces = networkInterfaces() } = sources;
  const named = namedAddress(option, environment, interfaces);
  if (named) {
    const isHost = named.kind === 'host';
    const { port = boundPort } = isHost ? named : named.own;
    const host = isHost ? named.host : ownAddress(named.own, url, interfaces, named);
    return formatAddress({ host, port });
  }
  const host = isWildcard(url.host) ? await routedHost(url, registryHosts) : url.host;
  return formatAddress({ host, port: boundPort });
}

/** Checks the option and the variable before anything is bound. */
export function assertAdvertisedAddress(
  option: string | undefined,
  environment: NodeJS.ProcessEnv,
): void {
  // The addresses of the host are read when the server listens.
  namedAddress(option, environment, networkInterfaces());
}

/**
 * Why clients on other hosts would dial themselves instead of the instance; undefined if they would not. A registry on loopback
 * has no clients on other hosts.
 */
export function loopbackWarning(
  address: string,
  registryHosts: readonly string[],
): string | undefined {
  if (registryHosts.length === 0 || !isLoopback(parseAddress(address).host)) return undefined;
  const hosts = registryHosts.map((host) => new URL(host).hostname);
  if (hosts.some(isLoopback)) return undefined;
  return (
    `An address that other hosts can dial should be registered, but ${address} is, by which each host dials itself. Bind every ` +
    "interface (url: '0.0.0.0:0' of discoverable(), Nest's default is 'localhost:5000'), or name the address in " +
    `service.advertisedAddress or ${ADVERTISED_ADDRESS_VARIABLE}.`
  );
}

function namedAddress(
  option: string | undefined,
  environment: NodeJS.ProcessEnv,
  interfaces: Interfaces,
): Named | undefined {
  if (option !== undefined) return parseNamed('service.advertisedAddress', option, interfaces);
  const variable = environment[ADVERTISED_ADDRESS_VARIABLE];
  if (variable === undefined) return undefined;
  return parseNamed(ADVERTISED_ADDRESS_VARIABLE, variable, interfaces);
}

function parseNamed(source: string, given: string, interfaces: Interfaces): Named {
  const named = { source, given };
  try {
    if (isIPv6(given)) return { ...named, kind: 'host', host: dialable(given), port: undefined };
    const own = ownAddressName(given, interfaces);
    if (own) return { ...named, kind: 'own', own };
    if (/^(\[.*\]|[^:]+)$/.test(given)) {
      const { host } = parseAddress(`${given}:1`);
      return { ...named, kind: 'host', host: dialable(host), port: undefined };
    }
    const { host, port } = parseAddress(given);
    return { ...named, kind: 'host', host: dialable(host), port };
  } catch (cause) {
    throw invalidOptions.advertisedAddress(source, printable(given), cause);
  }
}

function dialable(host: string): string {
  if (isWildcard(host)) throw new Error(`${host} stands for every interface`);
  return host;
}

/** Any port works: the route depends on the host only. */
const ETCD_PORT = 2379;

/** Longest wait for the name server, in milliseconds: it must not delay the server. */
const LOOKUP_TIMEOUT_MS = 1_000;

/** Connecting a datagram socket sends nothing: it asks the kernel for the route, and so for our side of it. */
async function routedHost(url: ServerUrl, registryHosts: readonly string[]): Promise<string> {
  const family = isIPv6(url.host) ? 0 : 4;
  for (const registryHost of registryHosts) {
    try {
      const { hostname, port } = new URL(registryHost);
      const name = hostname.replace(/^\[|\]$/g, '');
      const target = await withinMs(LOOKUP_TIMEOUT_MS, lookup(name, { family }));
      return await localAddressTowards(target.address, target.family, Number(port || ETCD_PORT));
    } catch {
      continue;
    }
  }
  return firstExternalAddress(family) ?? (family === 4 ? '127.0.0.1' : '::1');
}

function localAddressTowards(address: string, family: number, port: number): Promise<string> {
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  return new Promise<string>((resolve, reject) => {
    socket.once('error', reject);
    socket.connect(port, address, () => resolve(socket.address().address));
  }).finally(() => socket.close());
}

function firstExternalAddress(family: 0 | 4): string | undefined {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(
    (address) =>
      !address.internal &&
      (family === 0 || address.family === 'IPv4') &&
      !address.address.startsWith('fe80:'),
  )?.address;
}

async function withinMs<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  const abort = new AbortController();
  const timeout = delay(timeoutMs, undefined, { signal: abort.signal }).then(() => {
    throw new Error(`No answer within ${timeoutMs} ms`);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    abort.abort();
    timeout.catch(() => undefined);
  }
}

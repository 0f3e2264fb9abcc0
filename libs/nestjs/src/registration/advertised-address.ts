import { lookup } from 'node:dns/promises';
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { formatAddress, parseAddress } from '@grpc-discovery/registry';
import { InvalidAdvertisedAddressError } from '../errors.js';
import { isWildcard, type ServerUrl } from './server-url.js';

/** Environment variable that names the advertised address where no option does. */
export const ADVERTISED_ADDRESS_VARIABLE = 'DISCOVERY_ADVERTISED_ADDRESS';

export interface AdvertisedAddressSources {
  /** `service.advertisedAddress` of the module. */
  readonly option: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  /** What the server was told to bind. */
  readonly url: ServerUrl;
  /** The port really bound. */
  readonly boundPort: number;
  /** Urls of the registry's hosts: the interface that routes to the first that can be looked up is advertised. */
  readonly registryHosts: readonly string[];
}

/**
 * The address under which clients reach the server: the option, else the environment, else the host the server was
 * bound to, else the interface that routes to the registry. A port that is not named is the port really bound.
 * @throws InvalidAdvertisedAddressError when the option or the variable can't be dialled.
 */
export async function advertisedAddress(sources: AdvertisedAddressSources): Promise<string> {
  const { option, environment, url, boundPort, registryHosts } = sources;
  const given = namedAddress(option, environment);
  if (given) return formatAddress({ host: given.host, port: given.port ?? boundPort });
  const host = isWildcard(url.host) ? await routedHost(url, registryHosts) : url.host;
  return formatAddress({ host, port: boundPort });
}

/** Checks the option and the variable before anything is bound. */
export function assertAdvertisedAddress(
  option: string | undefined,
  environment: NodeJS.ProcessEnv,
): void {
  namedAddress(option, environment);
}

function namedAddress(option: string | undefined, environment: NodeJS.ProcessEnv) {
  if (option !== undefined) return parseNamed('service.advertisedAddress', option);
  const variable = environment[ADVERTISED_ADDRESS_VARIABLE];
  return variable === undefined ? undefined : parseNamed(ADVERTISED_ADDRESS_VARIABLE, variable);
}

function parseNamed(source: string, given: string): { host: string; port: number | undefined } {
  try {
    if (isIPv6(given)) return { host: dialable(given), port: undefined };
    if (/^(\[.*\]|[^:]+)$/.test(given)) {
      return { host: dialable(parseAddress(`${given}:1`).host), port: undefined };
    }
    const { host, port } = parseAddress(given);
    return { host: dialable(host), port };
  } catch (cause) {
    throw new InvalidAdvertisedAddressError(source, given, cause);
  }
}

function dialable(host: string): string {
  if (isWildcard(host)) throw new Error(`${host} stands for every interface`);
  return host;
}

/** Any port would do: the route depends on the host alone. */
const ETCD_PORT = 2379;

/** Longest wait for the name server, in milliseconds: a server must not be kept from serving by it. */
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

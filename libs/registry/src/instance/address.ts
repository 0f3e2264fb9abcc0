import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import { InvalidOptionError } from '../errors/registry-errors.js';
import { show } from '../errors/text.js';

/** The two parts of `host:port`. An IPv6 host has no brackets here. */
export interface Address {
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Whether each machine that dials this host dials itself: `localhost` and names below it (RFC 6761), 127.0.0.0/8 and ::1, also
 * an IPv4 address in the form of IPv6.
 * @param given A host name or an IP address, with or without brackets.
 */
export function isLoopback(given: string): boolean {
  const host = given.replace(/^\[|\]$/g, '');
  const family = isIP(host);
  if (family === 0) return /^(.+\.)?localhost\.?$/i.test(host);
  return LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * Reads `host:port`; an IPv6 host is in brackets. The unspecified addresses (0.0.0.0 and ::) are refused: a server
 * can bind them, but a client on another machine can't dial them.
 * @throws InvalidOptionError
 */
export function parseAddress(text: string): Address {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  if (!match) throw invalid(text, 'host:port, with an IPv6 host in brackets');
  const bracketed = match[1];
  const host = bracketed ?? match[2] ?? '';
  const port = Number(match[3]);
  if (port < 1 || port > 65_535) throw invalid(text, 'host:port with a port from 1 to 65535');
  // A zone names an interface of this host: it means nothing, or something else, on the client's.
  if (host.includes('%')) throw invalid(text, 'host:port without a zone');
  if (bracketed === undefined ? !isHost(host) : !isIPv6(bracketed)) {
    throw invalid(text, 'host:port with a host name or an IP address');
  }
  if (isUnspecified(host)) throw invalid(text, 'an address that clients can dial');
  return { host, port };
}

/**
 * Writes `host:port`, with brackets around an IPv6 host.
 * @throws InvalidOptionError if {@link parseAddress} refuses the result.
 */
export function formatAddress({ host, port }: Address): string {
  const text = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  parseAddress(text);
  return text;
}

function isHost(host: string): boolean {
  // Digits and dots only are meant as an IPv4 address: 300.1.1.1 is not a name.
  return /^[\d.]+$/.test(host) ? isIPv4(host) : HOST_NAME.test(host);
}

function isUnspecified(host: string): boolean {
  if (!host.includes(':')) return host === '0.0.0.0';
  return isIPv6(host) && new URL(`http://[${host}]`).hostname === '[::]';
}

function invalid(given: unknown, expected: string): InvalidOptionError {
  return new InvalidOptionError(
    'address',
    expected,
    show(given),
    'Advertise the host and port at which clients reach this instance.',
  );
}

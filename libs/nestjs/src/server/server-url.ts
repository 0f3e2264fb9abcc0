import { isLoopback } from '@grpc-discovery/registry';
import { isIP, isIPv4, isIPv6 } from 'node:net';
import { invalidOptions } from '../errors.js';

/** The part of a gRPC server's url that decides under which address it can be reached. */
export interface ServerUrl {
  /** As written, without brackets: `0.0.0.0`, `::1`, `localhost`. */
  readonly host: string;
  /** 0 lets the kernel choose. */
  readonly port: number;
}

const HOST_AND_PORT =
  /^(?:(?:dns|ipv4|ipv6):(?:\/\/\/)?)?(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/]+)):(\d{1,5})$/;

/**
 * Reads the url that a gRPC server binds, in the forms that grpc-js takes for TCP.
 * @throws InvalidOptionError for a unix socket, which no other host could dial, and for everything unreadable.
 */
export function parseServerUrl(url: string): ServerUrl {
  if (url.startsWith('unix:')) {
    throw invalidOptions.serverUrl(url, 'a TCP address, as clients on other hosts must reach it');
  }
  const match = HOST_AND_PORT.exec(url);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535) throw invalidOptions.serverUrl(url, '"host:port"');
  return { host, port };
}

/** Whether a server that binds the url's host takes connections to an address of this host. */
export function listensOn(url: ServerUrl, address: string): boolean {
  if (isWildcard(url.host)) return isIPv6(url.host) || isIPv4(address);
  if (isLoopback(url.host)) return isLoopback(address);
  return isIP(url.host) === 0 || url.host.toLowerCase() === address.toLowerCase();
}

/** Whether the host stands for every interface and so is no address that a client could dial. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || /^[0:]+$/.test(host);
}

import { InvalidOptionError } from '../errors/invalid-option-error.js';
import { show } from '../errors/show.js';

const DEFAULT_PORT = 2379;
const REMEDY = 'Give the client urls of etcd, like "http://127.0.0.1:2379".';

/**
 * Turns hosts into urls with a scheme and a port, without duplicates.
 * @param secure Whether hosts without a scheme are https; http hosts are refused then.
 * @param path Of the option, for messages.
 * @throws InvalidOptionError
 */
export function normalizeHosts(hosts: unknown, secure: boolean, path = 'hosts'): string[] {
  const invalid = (expected: string, given: string) =>
    new InvalidOptionError(path, expected, given, REMEDY);
  const given: unknown[] = (Array.isArray(hosts) ? hosts : [hosts]).flatMap(separated);
  if (given.length === 0) throw invalid('at least one host', 'an empty list');
  const urls = [...new Set(given.map((host) => normalizeHost(host, secure, invalid)))];
  const schemes = new Set(urls.map((url) => url.slice(0, url.indexOf(':'))));
  if (schemes.size > 1) throw invalid('all http or all https', 'a mix of both');
  if (secure && !schemes.has('https')) throw invalid('https, as tls is given', 'http');
  return urls;
}

/**
 * The hosts of a comma-separated list, such as an environment variable holds. A string with an `@` is not split: a part of it
 * could be half of a password, and errors show hosts.
 */
function separated(hosts: unknown): unknown[] {
  return typeof hosts === 'string' && !hosts.includes('@') ? hosts.split(',') : [hosts];
}

function normalizeHost(
  host: unknown,
  secure: boolean,
  invalid: (expected: string, given: string) => InvalidOptionError,
): string {
  if (typeof host !== 'string' || host.trim() === '') {
    throw invalid('a url or host:port', show(host));
  }
  const text = host.trim();
  const withScheme = text.includes('://') ? text : `${secure ? 'https' : 'http'}://${text}`;
  let url: URL;
  try {
    url = new URL(withScheme);
  } catch {
    throw invalid('a url or host:port', shown(text));
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw invalid('an http or https url', shown(text));
  }
  if (url.username !== '' || url.password !== '') {
    // Not shown: it holds a password.
    throw invalid('a url without user and password (they belong into auth)', 'one with them');
  }
  if ((url.pathname !== '/' && url.pathname !== '') || url.search !== '' || url.hash !== '') {
    throw invalid('a url without a path', shown(text));
  }
  return `${url.protocol}//${url.hostname}:${portOf(url, withScheme)}`;
}

/** `URL` drops the port when it is the usual one of the scheme: `http://etcd:80` means port 80, not etcd's own. */
function portOf(url: URL, text: string): number {
  if (url.port !== '') return Number(url.port);
  const explicit = /:(80|443)\/?$/.exec(text);
  return explicit ? Number(explicit[1]) : DEFAULT_PORT;
}

/** What stands before an `@` may be a password. */
function shown(text: string): string {
  return text.includes('@') ? 'one that holds a user' : show(text);
}

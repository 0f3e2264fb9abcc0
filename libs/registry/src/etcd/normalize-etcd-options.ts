import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { InvalidOptionError, reason } from '../errors/registry-errors.js';
import { show } from '../errors/text.js';
import { limitsTable } from '../limits.js';
import {
  optional,
  type OptionTable,
  readOptions,
  refuse,
  required,
  type Rule,
  withDefault,
} from '../options/option-table.js';
import { anObject, block, filledText, integer, secret } from '../options/rules.js';
import { snapshotsTable } from '../snapshots/snapshot-keeper.js';
import { readTls } from './client/tls.js';
import type { EtcdRegistryOptions, NormalizedEtcdOptions } from './etcd-options.js';

type TlsOptions = NonNullable<EtcdRegistryOptions['tls']>;
type NormalizedTls = NonNullable<NormalizedEtcdOptions['tls']>;

const NAMESPACE = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,126}[A-Za-z0-9])?$/;
const SERVER_NAME =
  /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?)*\.?$/;
/** A failover of etcd was measured to take 4.1 s: a shorter lease would lose healthy instances. */
const MIN_TTL_SECONDS = 5;
const MAX_TTL_SECONDS = 3600;

const BOTH = 'Give both username and password, or leave auth out.';

const authTable = {
  username: required(secret(BOTH), 'the user of etcd'),
  password: required(secret(BOTH), 'its password'),
} satisfies OptionTable<NonNullable<EtcdRegistryOptions['auth']>>;

const PEM = 'Give its content as a Buffer, or its path as a file.';
const pem = anObject<Buffer>('a Buffer of PEM', ['toString', 'subarray'], PEM);
const file: Rule<string> = (value, path) =>
  resolve(filledText('Give the path of a file in PEM.')(value, path));

const tlsTable = {
  rootCertificate: optional(pem, "the CA of etcd's certificate"),
  privateKey: optional(pem, "the client's key"),
  certChain: optional(pem, "the client's certificate"),
  caFile: optional(file, 'instead of rootCertificate'),
  keyFile: optional(file, 'instead of privateKey'),
  certFile: optional(file, 'instead of certChain'),
  serverName: optional(serverName, "what etcd's certificate is checked for"),
} satisfies OptionTable<TlsOptions>;

/** The options of `etcd`. */
export const etcdTable = {
  hosts: required((hosts) => hosts, 'urls of the members of one etcd cluster'),
  namespace: withDefault(namespace, 'discovery', 'first part of keys'),
  leaseTtlSeconds: withDefault(
    integer(
      MIN_TTL_SECONDS,
      MAX_TTL_SECONDS,
      'A failover of etcd takes up to 4 s, in which a shorter lease would run out; 10 is a good value.',
    ),
    10,
    'how long the entry of a lost instance stays',
  ),
  auth: optional(block(authTable), 'user and password of etcd'),
  tls: optional(block(tlsTable), 'certificates for https'),
  limits: withDefault(
    block(limitsTable),
    readOptions(limitsTable, {}, 'limits'),
    'bounds of sizes',
  ),
  snapshots: optional(block(snapshotsTable), 'lists on disk, for a start while etcd is down'),
} satisfies OptionTable<EtcdRegistryOptions>;

/**
 * Checks the options and fills in the defaults.
 * @param at Prefix of option names in messages, such as `etcd`.
 * @throws InvalidOptionError; InvalidOptionError for an option that does not exist
 */
export function normalizeEtcdOptions(options: EtcdRegistryOptions, at = ''): NormalizedEtcdOptions {
  const read = readOptions(etcdTable, options, at);
  const prefix = at === '' ? '' : `${at}.`;
  const hosts = normalizeHosts(read.hosts, read.tls !== undefined, `${prefix}hosts`);
  const secure = hosts[0]?.startsWith('https:') ?? false;
  if (read.tls !== undefined || secure) checkTls(read.tls ?? {}, `${prefix}tls`);
  const tls = secure ? (read.tls ?? readOptions(tlsTable, {}, `${prefix}tls`)) : undefined;
  return { ...read, hosts, tls };
}

function namespace(given: unknown, path: string): string {
  if (typeof given === 'string' && NAMESPACE.test(given)) return given;
  throw refuse(
    path,
    '1 to 128 letters, digits, ".", "-" and "_", with a letter or digit at both ends',
    given,
    'Leave it out for "discovery", or name the environment, like "staging".',
  );
}

function serverName(given: unknown, path: string): string {
  if (typeof given === 'string' && (isIP(given) > 0 || SERVER_NAME.test(given))) return given;
  throw refuse(
    path,
    'a host name or an IP address, without a port',
    given,
    "Name what etcd's certificate is for, like etcd.internal, or leave it out for the host of the endpoint.",
  );
}

const TLS_PAIRS = [
  ['rootCertificate', 'caFile'],
  ['privateKey', 'keyFile'],
  ['certChain', 'certFile'],
] as const;

function checkTls(tls: Partial<NormalizedTls>, path: string): void {
  for (const [content, file] of TLS_PAIRS) {
    if (tls[content] !== undefined && tls[file] !== undefined) {
      throw invalidTls(path, `given either ${content} or ${file}`, 'given both');
    }
  }
  const key = tls.privateKey ?? tls.keyFile;
  const certificate = tls.certChain ?? tls.certFile;
  if ((key === undefined) !== (certificate === undefined)) {
    const missing = key === undefined ? 'without its key' : 'without its certificate';
    throw invalidTls(
      path,
      'given both key and certificate of the client, or none of them',
      missing,
    );
  }
  try {
    readTls({ ...readOptions(tlsTable, {}, path), ...tls });
  } catch (cause) {
    const expected = 'key and certificates in PEM that belong together';
    throw invalidTls(path, expected, `refused by Node (${reason(cause)})`, cause);
  }
}

function invalidTls(
  path: string,
  expected: string,
  given: string,
  cause?: unknown,
): InvalidOptionError {
  const remedy =
    'Mutual TLS needs the key and the certificate of this client; a CA alone is enough otherwise.';
  return new InvalidOptionError(path, expected, given, remedy, cause);
}

const DEFAULT_PORT = 2379;
const REMEDY = 'Give the client urls of etcd, like "http://127.0.0.1:2379".';

/**
 * Normalizes hosts to urls with a scheme and a port, without duplicates.
 * @param secure Whether hosts without a scheme are https; http hosts are refused then.
 * @param path Path of the option, for messages.
 * @throws InvalidOptionError
 */
function normalizeHosts(hosts: unknown, secure: boolean, path = 'hosts'): string[] {
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
 * Splits a comma-separated list, such as an environment variable holds. A string with an `@` is not split: a part could be half of
 * a password, and errors show hosts.
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

/** The part before an `@` may be a password. */
function shown(text: string): string {
  return text.includes('@') ? 'one that holds a user' : show(text);
}

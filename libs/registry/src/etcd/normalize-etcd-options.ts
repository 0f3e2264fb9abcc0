import { isIP } from 'node:net';
import { resolve } from 'node:path';
import {
  InvalidAuthError,
  InvalidNamespaceError,
  InvalidTlsError,
  InvalidTtlError,
} from '../errors/invalid-option-errors.js';
import { show } from '../errors/show.js';
import { normalizeLimits } from '../limits.js';
import { normalizeSnapshots } from '../snapshots/snapshot-options.js';
import type { EtcdRegistryOptions, NormalizedEtcdOptions } from './etcd-options.js';
import { normalizeHosts } from './normalize-hosts.js';
import { readTls } from './tls-material.js';

const NAMESPACE = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,126}[A-Za-z0-9])?$/;
const SERVER_NAME =
  /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?)*\.?$/;
const DEFAULT_NAMESPACE = 'discovery';
const DEFAULT_TTL_SECONDS = 10;
/** A failover of etcd was measured to take 4.1 s: a shorter lease would lose instances that are well. */
const MIN_TTL_SECONDS = 5;
const MAX_TTL_SECONDS = 3600;

/**
 * Checks the options and fills in the defaults.
 * @throws InvalidHostsError, InvalidNamespaceError, InvalidTtlError, InvalidAuthError, InvalidTlsError,
 * InvalidLimitError, InvalidSnapshotsError
 */
export function normalizeEtcdOptions(options: EtcdRegistryOptions): NormalizedEtcdOptions {
  const hosts = normalizeHosts(options.hosts, options.tls !== undefined);
  return {
    hosts,
    namespace: normalizeNamespace(options.namespace ?? DEFAULT_NAMESPACE),
    leaseTtlSeconds: normalizeTtl(options.leaseTtlSeconds ?? DEFAULT_TTL_SECONDS),
    auth: normalizeAuth(options.auth),
    limits: normalizeLimits(options.limits),
    snapshots: normalizeSnapshots(options.snapshots),
    tls: normalizeTls(options.tls, hosts[0]?.startsWith('https:') ?? false),
  };
}

function normalizeNamespace(namespace: unknown): string {
  if (typeof namespace === 'string' && NAMESPACE.test(namespace)) return namespace;
  throw new InvalidNamespaceError(
    'namespace',
    '1 to 128 letters, digits, ".", "-" and "_", with a letter or digit at both ends',
    show(namespace),
    'Leave it out for "discovery", or name the environment, like "staging".',
  );
}

function normalizeTtl(ttl: unknown): number {
  if (Number.isInteger(ttl) && Number(ttl) >= MIN_TTL_SECONDS && Number(ttl) <= MAX_TTL_SECONDS) {
    return Number(ttl);
  }
  throw new InvalidTtlError(
    'leaseTtlSeconds',
    `an integer from ${MIN_TTL_SECONDS} to ${MAX_TTL_SECONDS}`,
    show(ttl),
    'A failover of etcd takes up to 4 s, in which a shorter lease would run out; 10 is a good value.',
  );
}

function normalizeAuth(auth: EtcdRegistryOptions['auth']): NormalizedEtcdOptions['auth'] {
  if (auth === undefined) return undefined;
  for (const field of ['username', 'password'] as const) {
    const value: unknown = auth[field];
    if (typeof value === 'string' && value !== '') continue;
    const given = value === '' ? 'empty' : `of type ${typeof value}`;
    const remedy = 'Give both username and password, or leave auth out.';
    throw new InvalidAuthError(`auth.${field}`, 'a text that is not empty', given, remedy);
  }
  return { username: auth.username, password: auth.password };
}

const TLS_PAIRS = [
  ['rootCertificate', 'caFile'],
  ['privateKey', 'keyFile'],
  ['certChain', 'certFile'],
] as const;

function normalizeTls(
  tls: EtcdRegistryOptions['tls'],
  secure: boolean,
): NormalizedEtcdOptions['tls'] {
  if (!secure && tls === undefined) return undefined;
  const given = tls ?? {};
  for (const [content, file] of TLS_PAIRS) {
    if (given[content] !== undefined && given[file] !== undefined) {
      throw invalidTls(`given either ${content} or ${file}`, 'given both');
    }
  }
  const key = given.privateKey ?? given.keyFile;
  const certificate = given.certChain ?? given.certFile;
  if ((key === undefined) !== (certificate === undefined)) {
    const missing = key === undefined ? 'without its key' : 'without its certificate';
    throw invalidTls('given both key and certificate of the client, or none of them', missing);
  }
  const absolute = (path: string | undefined) => (path === undefined ? undefined : resolve(path));
  const normalized = {
    rootCertificate: given.rootCertificate,
    privateKey: given.privateKey,
    certChain: given.certChain,
    caFile: absolute(given.caFile),
    keyFile: absolute(given.keyFile),
    certFile: absolute(given.certFile),
    serverName: normalizeServerName(given.serverName),
  };
  try {
    readTls(normalized);
  } catch (cause) {
    throw invalidTls('key and certificates in PEM that belong together', 'refused by Node', cause);
  }
  return normalized;
}

function normalizeServerName(serverName: unknown): string | undefined {
  if (serverName === undefined) return undefined;
  if (typeof serverName === 'string' && (isIP(serverName) > 0 || SERVER_NAME.test(serverName))) {
    return serverName;
  }
  throw new InvalidTlsError(
    'tls.serverName',
    'a host name or an IP address, without a port',
    show(serverName),
    "Name what etcd's certificate is for, like etcd.internal, or leave it out for the host of the endpoint.",
  );
}

function invalidTls(expected: string, given: string, cause?: unknown): InvalidTlsError {
  const remedy =
    'Mutual TLS needs the key and the certificate of this client; a CA alone is enough otherwise.';
  const error = new InvalidTlsError('tls', expected, given, remedy);
  if (cause !== undefined) error.cause = cause;
  return error;
}

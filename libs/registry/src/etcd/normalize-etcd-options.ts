import { createSecureContext } from 'node:tls';
import {
  InvalidAuthError,
  InvalidNamespaceError,
  InvalidTlsError,
  InvalidTtlError,
} from '../errors/invalid-option-errors.js';
import { show } from '../errors/show.js';
import { normalizeLimits } from '../limits.js';
import type { EtcdRegistryOptions, NormalizedEtcdOptions } from './etcd-options.js';
import { normalizeHosts } from './normalize-hosts.js';

const NAMESPACE = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,126}[A-Za-z0-9])?$/;
const DEFAULT_NAMESPACE = 'discovery';
const DEFAULT_TTL_SECONDS = 10;
/** A failover of etcd was measured to take 4.1 s: a shorter lease would lose instances that are well. */
const MIN_TTL_SECONDS = 5;
const MAX_TTL_SECONDS = 3600;

/**
 * Checks the options and fills in the defaults.
 * @throws InvalidHostsError, InvalidNamespaceError, InvalidTtlError, InvalidAuthError, InvalidTlsError,
 * InvalidLimitError
 */
export function normalizeEtcdOptions(options: EtcdRegistryOptions): NormalizedEtcdOptions {
  const hosts = normalizeHosts(options.hosts, options.tls !== undefined);
  return {
    hosts,
    namespace: normalizeNamespace(options.namespace ?? DEFAULT_NAMESPACE),
    leaseTtlSeconds: normalizeTtl(options.leaseTtlSeconds ?? DEFAULT_TTL_SECONDS),
    auth: normalizeAuth(options.auth),
    limits: normalizeLimits(options.limits),
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

function normalizeTls(
  tls: EtcdRegistryOptions['tls'],
  secure: boolean,
): NormalizedEtcdOptions['tls'] {
  if (!secure && tls === undefined) return undefined;
  const { rootCertificate, privateKey, certChain } = tls ?? {};
  if ((privateKey === undefined) !== (certChain === undefined)) {
    const given = privateKey === undefined ? 'without privateKey' : 'without certChain';
    throw invalidTls('given both privateKey and certChain, or none of them', given);
  }
  try {
    createSecureContext({ ca: rootCertificate, key: privateKey, cert: certChain });
  } catch (cause) {
    throw invalidTls('key and certificates in PEM that belong together', 'refused by Node', cause);
  }
  return { rootCertificate, privateKey, certChain };
}

function invalidTls(expected: string, given: string, cause?: unknown): InvalidTlsError {
  const remedy =
    'Mutual TLS needs the key and the certificate of this client; a CA alone is enough otherwise.';
  const error = new InvalidTlsError('tls', expected, given, remedy);
  if (cause !== undefined) error.cause = cause;
  return error;
}

import {
  InvalidOptionError,
  normalizeEtcdOptions,
  type EtcdRegistryOptions,
} from '@grpc-discovery/registry';
import type { Command } from 'commander';
import type { Environment } from './environment.js';
import { UsageError } from './errors.js';
import type { InstanceTlsOptions } from './instance-security.js';
import { assertServerName, givenBy, valueOption, type Given } from './option-values.js';
import { assertPair, assertTogether } from './tls-files.js';

/** The default; its scheme depends on whether TLS options are given. */
const DEFAULT_HOST = '127.0.0.1:2379';

/** What every command takes. */
export interface GlobalOptions extends InstanceTlsOptions {
  readonly etcd?: string;
  readonly namespace?: string;
  readonly user?: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly serverName?: string;
  readonly json?: boolean;
}

export function addGlobalOptions(program: Command): void {
  const options = [
    valueOption(
      '--etcd <urls>',
      `endpoints of etcd, separated by commas (env ETCD_HOSTS; default http://${DEFAULT_HOST})`,
    ),
    valueOption(
      '--namespace <name>',
      'first part of every key (env DISCOVERY_NAMESPACE; default discovery)',
    ),
    valueOption(
      '--user <name>',
      'user of etcd (env ETCD_USERNAME); the password is taken from ETCD_PASSWORD',
    ),
    valueOption('--ca-file <path>', "CA of etcd's certificate, in PEM (env ETCD_CA_FILE)"),
    valueOption('--cert-file <path>', 'certificate for mutual TLS with etcd (env ETCD_CERT_FILE)'),
    valueOption('--key-file <path>', 'its key (env ETCD_KEY_FILE)'),
    valueOption(
      '--server-name <name>',
      "what etcd's certificate is checked for (env ETCD_SERVER_NAME; default the host)",
    ),
  ];
  for (const option of options) program.addOption(option);
  program.option('--json', 'print JSON instead of text');
}

/**
 * Options of the registry. They take precedence over the environment.
 * @throws UsageError that names the option, or the variable, whose value can't be used
 */
export function registryOptions(given: GlobalOptions, env: Environment): EtcdRegistryOptions {
  const hosts = givenBy(given.etcd, '--etcd', env, 'ETCD_HOSTS');
  const namespace = givenBy(given.namespace, '--namespace', env, 'DISCOVERY_NAMESPACE');
  const tls = tlsOptions(given, env);
  const auth = authOptions(given, env);
  const options = {
    hosts: hosts?.value ?? `${tls ? 'https' : 'http'}://${DEFAULT_HOST}`,
    ...(namespace && { namespace: namespace.value }),
    ...(auth && { auth }),
    ...(tls && { tls }),
  };
  assertUsable(options, { hosts, namespace });
  return options;
}

function authOptions(given: GlobalOptions, env: Environment): EtcdRegistryOptions['auth'] {
  const user = givenBy(given.user, '--user', env, 'ETCD_USERNAME');
  const password = env.ETCD_PASSWORD;
  if (user && !password) {
    const remedy = `set ETCD_PASSWORD, or leave ${user.source} out`;
    throw new UsageError(
      `${user.source} names ${user.value}, but there is no password: ${remedy}.`,
    );
  }
  if (!user && password) {
    throw new UsageError(
      'ETCD_PASSWORD is set, but no user: give --user or ETCD_USERNAME, or unset it.',
    );
  }
  return user && password ? { username: user.value, password } : undefined;
}

function tlsOptions(given: GlobalOptions, env: Environment): EtcdRegistryOptions['tls'] {
  const ca = givenBy(given.caFile, '--ca-file', env, 'ETCD_CA_FILE');
  const certificate = givenBy(given.certFile, '--cert-file', env, 'ETCD_CERT_FILE');
  const key = givenBy(given.keyFile, '--key-file', env, 'ETCD_KEY_FILE');
  const serverName = givenBy(given.serverName, '--server-name', env, 'ETCD_SERVER_NAME');
  if (serverName) assertServerName(serverName);
  assertPair(
    'with etcd',
    [certificate, '--cert-file or ETCD_CERT_FILE'],
    [key, '--key-file or ETCD_KEY_FILE'],
  );
  assertTogether(ca, certificate, key);
  if (!ca && !certificate && !serverName) return undefined;
  return {
    ...(ca && { caFile: ca.value }),
    ...(certificate && { certFile: certificate.value }),
    ...(key && { keyFile: key.value }),
    ...(serverName && { serverName: serverName.value }),
  };
}

/** Names the option or variable of the command line in place of the registry's own option. */
function assertUsable(
  options: EtcdRegistryOptions,
  sources: Readonly<Record<'hosts' | 'namespace', Given | undefined>>,
): void {
  try {
    normalizeEtcdOptions(options);
  } catch (error) {
    const source = error instanceof InvalidOptionError ? sourceOf(error, sources) : undefined;
    if (!(error instanceof InvalidOptionError) || source === undefined) throw error;
    throw new UsageError(error.message.replace(error.option, source), { cause: error });
  }
}

function sourceOf(
  { option }: InvalidOptionError,
  { hosts, namespace }: Readonly<Record<'hosts' | 'namespace', Given | undefined>>,
): string | undefined {
  // A single host may be named with its index in the list.
  if (/\bhosts\b/.test(option)) return hosts?.source;
  return /\bnamespace$/.test(option) ? namespace?.source : undefined;
}

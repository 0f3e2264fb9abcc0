import type { EtcdRegistryOptions } from '@grpc-discovery/registry';
import type { Command } from 'commander';
import { optionOr, type Environment } from './environment.js';
import { UsageError } from './errors.js';
import type { InstanceTlsOptions } from './instance-security.js';

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
  program
    .option(
      '--etcd <urls>',
      'endpoints of etcd, separated by commas (env ETCD_HOSTS; default http://127.0.0.1:2379)',
    )
    .option(
      '--namespace <name>',
      'first part of every key (env DISCOVERY_NAMESPACE; default discovery)',
    )
    .option(
      '--user <name>',
      'user of etcd (env ETCD_USERNAME); the password is taken from ETCD_PASSWORD',
    )
    .option('--ca-file <path>', "CA of etcd's certificate, in PEM (env ETCD_CA_FILE)")
    .option('--cert-file <path>', 'certificate for mutual TLS with etcd (env ETCD_CERT_FILE)')
    .option('--key-file <path>', 'its key (env ETCD_KEY_FILE)')
    .option(
      '--server-name <name>',
      "what etcd's certificate is checked for (env ETCD_SERVER_NAME; default the host)",
    )
    .option('--json', 'print JSON instead of text');
}

/**
 * Options of the registry: what is given goes before the environment.
 * @throws UsageError
 */
export function registryOptions(given: GlobalOptions, env: Environment): EtcdRegistryOptions {
  const pick = (value: string | undefined, name: string) => optionOr(value, env, name);
  const namespace = pick(given.namespace, 'DISCOVERY_NAMESPACE');
  const username = pick(given.user, 'ETCD_USERNAME');
  const password = env.ETCD_PASSWORD;
  if (username !== undefined && !password) {
    throw new UsageError(`A password for the user ${username} is missing: set ETCD_PASSWORD.`);
  }
  const caFile = pick(given.caFile, 'ETCD_CA_FILE');
  const certFile = pick(given.certFile, 'ETCD_CERT_FILE');
  const keyFile = pick(given.keyFile, 'ETCD_KEY_FILE');
  const serverName = pick(given.serverName, 'ETCD_SERVER_NAME');
  const tls = {
    ...(caFile !== undefined && { caFile }),
    ...(certFile !== undefined && { certFile }),
    ...(keyFile !== undefined && { keyFile }),
    ...(serverName !== undefined && { serverName }),
  };
  return {
    hosts: pick(given.etcd, 'ETCD_HOSTS') ?? 'http://127.0.0.1:2379',
    ...(namespace !== undefined && { namespace }),
    ...(username !== undefined && password && { auth: { username, password } }),
    ...(Object.keys(tls).length > 0 && { tls }),
  };
}

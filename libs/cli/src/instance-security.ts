import { readFileSync } from 'node:fs';
import { credentials, type ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import type { Command } from 'commander';
import { UsageError } from './errors.js';
import { optionOr, type Environment } from './environment.js';

/** How instances are connected to, as `tls` says it in the module. */
export interface InstanceTlsOptions {
  readonly tls?: boolean;
  readonly tlsCaFile?: string;
  readonly tlsCertFile?: string;
  readonly tlsKeyFile?: string;
  readonly tlsServerName?: string;
}

export interface InstanceSecurity {
  readonly credentials: ChannelCredentials;
  /** Certificates name the service, or what is told, and not the address by which an instance is dialled. */
  readonly optionsOf: (service: string) => ChannelOptions;
}

export function addInstanceTlsOptions(program: Command): void {
  program
    .option('--tls', 'connect to instances by TLS; the options below say so, too')
    .option(
      '--tls-ca-file <path>',
      "CA of their certificates, in PEM (env GRPC_TLS_CA_FILE; default Node's)",
    )
    .option('--tls-cert-file <path>', 'certificate for mutual TLS (env GRPC_TLS_CERT_FILE)')
    .option('--tls-key-file <path>', 'its key (env GRPC_TLS_KEY_FILE)')
    .option(
      '--tls-server-name <name>',
      'name that their certificates are checked for (env GRPC_TLS_SERVER_NAME; default the service)',
    );
}

/**
 * What is given goes before the environment.
 * @throws UsageError when a file can't be read or they do not fit together
 */
export function instanceSecurity(options: InstanceTlsOptions, env: Environment): InstanceSecurity {
  const caFile = optionOr(options.tlsCaFile, env, 'GRPC_TLS_CA_FILE');
  const certFile = optionOr(options.tlsCertFile, env, 'GRPC_TLS_CERT_FILE');
  const keyFile = optionOr(options.tlsKeyFile, env, 'GRPC_TLS_KEY_FILE');
  const serverName = optionOr(options.tlsServerName, env, 'GRPC_TLS_SERVER_NAME');
  const isTold = [caFile, certFile, keyFile, serverName].some((value) => value !== undefined);
  if (!options.tls && !isTold) {
    return { credentials: credentials.createInsecure(), optionsOf: () => ({}) };
  }
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new UsageError('A certificate for instances needs its key, and a key its certificate.');
  }
  const [ca, cert, key] = [caFile, certFile, keyFile].map(read);
  return {
    credentials: secure(ca, cert, key),
    optionsOf: (service) => ({ 'grpc.ssl_target_name_override': serverName ?? service }),
  };
}

function read(path: string | undefined): Buffer | null {
  if (path === undefined) return null;
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new UsageError(`${path} should be a PEM file that can be read, but is none.`, { cause });
  }
}

function secure(
  ca: Buffer | null | undefined,
  cert: Buffer | null | undefined,
  key: Buffer | null | undefined,
): ChannelCredentials {
  try {
    return credentials.createSsl(ca, key, cert);
  } catch (cause) {
    const message = (cause as Error).message;
    throw new UsageError(`CA, certificate and key for instances do not fit together: ${message}.`, {
      cause,
    });
  }
}

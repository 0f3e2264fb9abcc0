import { credentials, type ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import type { Command } from 'commander';
import type { Environment } from './environment.js';
import { assertServerName, givenBy, readPem, valueOption, type Given } from './option-values.js';
import { assertPair, assertTogether } from './tls-files.js';

/** TLS of connections to instances, like `tls` of the module. */
export interface InstanceTlsOptions {
  readonly tls?: boolean;
  readonly tlsCaFile?: string;
  readonly tlsCertFile?: string;
  readonly tlsKeyFile?: string;
  readonly tlsServerName?: string;
}

export interface InstanceSecurity {
  readonly credentials: ChannelCredentials;
  /** Certificates name the service, or the given name, and not the address of an instance. */
  readonly optionsOf: (service: string) => ChannelOptions;
  /** Whether instances are connected to by TLS. */
  readonly isSecure: boolean;
}

export function addInstanceTlsOptions(program: Command): void {
  program.option('--tls', 'connect to instances with TLS; implied by the options below');
  const options = [
    valueOption(
      '--tls-ca-file <path>',
      "CA of their certificates, in PEM (env GRPC_TLS_CA_FILE; default Node's)",
    ),
    valueOption('--tls-cert-file <path>', 'certificate for mutual TLS (env GRPC_TLS_CERT_FILE)'),
    valueOption('--tls-key-file <path>', 'its key (env GRPC_TLS_KEY_FILE)'),
    valueOption(
      '--tls-server-name <name>',
      'name that their certificates must have (env GRPC_TLS_SERVER_NAME; default the service)',
    ),
  ];
  for (const option of options) program.addOption(option);
}

/**
 * Options take precedence over the environment.
 * @throws UsageError when a file can't be read or they do not fit together
 */
export function instanceSecurity(options: InstanceTlsOptions, env: Environment): InstanceSecurity {
  const ca = givenBy(options.tlsCaFile, '--tls-ca-file', env, 'GRPC_TLS_CA_FILE');
  const cert = givenBy(options.tlsCertFile, '--tls-cert-file', env, 'GRPC_TLS_CERT_FILE');
  const key = givenBy(options.tlsKeyFile, '--tls-key-file', env, 'GRPC_TLS_KEY_FILE');
  const name = givenBy(options.tlsServerName, '--tls-server-name', env, 'GRPC_TLS_SERVER_NAME');
  if (!options.tls && !ca && !cert && !key && !name) {
    return {
      credentials: credentials.createInsecure(),
      optionsOf: () => ({}),
      isSecure: false,
    };
  }
  if (name) assertServerName(name);
  assertPair(
    'with instances',
    [cert, '--tls-cert-file or GRPC_TLS_CERT_FILE'],
    [key, '--tls-key-file or GRPC_TLS_KEY_FILE'],
  );
  assertTogether(ca, cert, key);
  const read = (file: Given | undefined) => (file ? readPem(file) : null);
  return {
    credentials: credentials.createSsl(read(ca), read(key), read(cert)),
    optionsOf: (service) => ({ 'grpc.ssl_target_name_override': name?.value ?? service }),
    isSecure: true,
  };
}

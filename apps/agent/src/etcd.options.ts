import type { EtcdRegistryOptions } from '@grpc-discovery/registry';
import { type Command, Option } from 'commander';
import { UsageError } from './agent.options.js';

/** How the agent reaches etcd, as the command line gives it. */
export interface EtcdFlags {
  readonly etcd: string;
  readonly namespace: string;
  readonly etcdUser?: string;
  readonly etcdCaFile?: string;
  readonly etcdCertFile?: string;
  readonly etcdKeyFile?: string;
  readonly etcdServerName?: string;
}

/** Adds the options. The variables are those of the command line `grpc-discovery`. */
export function addEtcdOptions(command: Command): Command {
  const option = (flags: string, description: string, variable: string, value?: string) =>
    command.addOption(new Option(flags, description).env(variable).default(value));
  const host = 'http://127.0.0.1:2379';
  option('--etcd <urls>', 'endpoints of etcd, separated by commas', 'ETCD_HOSTS', host);
  option('--namespace <name>', 'first part of every key', 'DISCOVERY_NAMESPACE', 'discovery');
  option('--etcd-user <name>', 'user of etcd, with its password in ETCD_PASSWORD', 'ETCD_USERNAME');
  option('--etcd-ca-file <path>', "CA of etcd's certificate, in PEM", 'ETCD_CA_FILE');
  option('--etcd-cert-file <path>', 'certificate for mutual TLS with etcd', 'ETCD_CERT_FILE');
  option('--etcd-key-file <path>', 'its private key', 'ETCD_KEY_FILE');
  option('--etcd-server-name <name>', "name in etcd's certificate", 'ETCD_SERVER_NAME');
  return command;
}

/** @throws UsageError if a part of the credentials is missing */
export function etcdOptions(flags: EtcdFlags, password = ''): EtcdRegistryOptions {
  const { etcd: hosts, namespace, etcdUser: username = '' } = flags;
  if (username !== '' && password === '') {
    throw new UsageError('--etcd-user needs the password: set ETCD_PASSWORD.');
  }
  if (username === '' && password !== '') {
    throw new UsageError('ETCD_PASSWORD is set, but no user: give --etcd-user, or unset it.');
  }
  const { etcdCaFile, etcdCertFile, etcdKeyFile, etcdServerName } = flags;
  if ((etcdCertFile === undefined) !== (etcdKeyFile === undefined)) {
    throw new UsageError('Give --etcd-cert-file and --etcd-key-file together, for mutual TLS.');
  }
  const tls = {
    ...(etcdCaFile !== undefined && { caFile: etcdCaFile }),
    ...(etcdCertFile !== undefined && { certFile: etcdCertFile, keyFile: etcdKeyFile! }),
    ...(etcdServerName !== undefined && { serverName: etcdServerName }),
  };
  return {
    hosts,
    namespace,
    ...(username !== '' && { auth: { username, password } }),
    ...(Object.keys(tls).length > 0 && { tls }),
  };
}

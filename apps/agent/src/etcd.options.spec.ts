import { describe, expect, it } from '@jest/globals';
import { Command } from 'commander';
import { addEtcdOptions, type EtcdFlags, etcdOptions } from './etcd.options.js';

const parse = (...args: string[]) => {
  const command = addEtcdOptions(new Command()).parse(args, { from: 'user' });
  return command.opts<EtcdFlags & Record<string, string>>();
};
const DEFAULTS = { hosts: 'http://127.0.0.1:2379', namespace: 'discovery' };

describe('The options of etcd', () => {
  it.each<[string, string[], string | undefined, object]>([
    ['none', [], undefined, DEFAULTS],
    [
      'a user',
      ['--etcd-user', 'agent'],
      'secret',
      { ...DEFAULTS, auth: { username: 'agent', password: 'secret' } },
    ],
    [
      'TLS',
      ['--etcd', 'https://etcd:2379', '--etcd-ca-file', 'ca.pem', '--etcd-server-name', 'etcd'],
      undefined,
      { ...DEFAULTS, hosts: 'https://etcd:2379', tls: { caFile: 'ca.pem', serverName: 'etcd' } },
    ],
    [
      'mutual TLS',
      ['--etcd-cert-file', 'a.pem', '--etcd-key-file', 'b.pem'],
      undefined,
      { ...DEFAULTS, tls: { certFile: 'a.pem', keyFile: 'b.pem' } },
    ],
  ])('with %s', (_, args, password, expected) => {
    expect(etcdOptions(parse(...args), password)).toEqual(expected);
  });

  it('come from the variables of grpc-discovery, too', () => {
    const variables = {
      ...{ ETCD_HOSTS: 'http://a:1', DISCOVERY_NAMESPACE: 'b', ETCD_USERNAME: 'c' },
      ...{ ETCD_CA_FILE: 'd', ETCD_CERT_FILE: 'e', ETCD_KEY_FILE: 'f', ETCD_SERVER_NAME: 'g' },
    };
    Object.assign(process.env, variables);
    try {
      expect(etcdOptions(parse(), 'h')).toEqual({
        ...{ hosts: 'http://a:1', namespace: 'b', auth: { username: 'c', password: 'h' } },
        tls: { caFile: 'd', certFile: 'e', keyFile: 'f', serverName: 'g' },
      });
    } finally {
      for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
    }
  });

  it('refuse a password without a user', () => {
    expect(() => etcdOptions(parse(), 'secret')).toThrow(/no user/);
  });
});

import { describe, expect, it } from '@jest/globals';
import { InvalidOptionError } from '../errors/registry-errors.js';
import { DEFAULT_LIMITS } from '../limits.js';
import { createEtcdRegistry } from './etcd-registry.js';
import { normalizeEtcdOptions } from './normalize-etcd-options.js';

const hosts = 'http://127.0.0.1:2379';
const pem = Buffer.from('pem');

describe('normalizeEtcdOptions', () => {
  it('fills in the defaults', () => {
    expect(normalizeEtcdOptions({ hosts })).toEqual({
      hosts: [hosts],
      namespace: 'discovery',
      leaseTtlSeconds: 10,
      auth: undefined,
      limits: DEFAULT_LIMITS,
      snapshots: undefined,
      tls: undefined,
    });
  });

  it.each([
    ['etcd', 'http://etcd:2379'],
    ['etcd:80', 'http://etcd:80'],
    ['http://etcd:80/', 'http://etcd:80'],
    ['https://etcd', 'https://etcd:2379'],
    ['[::1]:2379', 'http://[::1]:2379'],
    [' 10.0.0.1:1 ', 'http://10.0.0.1:1'],
  ])('reads the host %p as %s', (host, url) => {
    expect(normalizeEtcdOptions({ hosts: host }).hosts).toEqual([url]);
  });

  it('drops hosts given twice and keeps their order', () => {
    expect(normalizeEtcdOptions({ hosts: ['b:1', 'a:1', 'http://b:1'] }).hosts).toEqual([
      'http://b:1',
      'http://a:1',
    ]);
  });

  it.each([
    ['a text', 'http://a:1,http://b:2, http://c:3'],
    ['a list of texts', ['http://a:1,http://b:2', 'http://c:3,http://a:1']],
  ])('reads hosts that commas separate in %s', (_where, given) => {
    expect(normalizeEtcdOptions({ hosts: given }).hosts).toEqual([
      'http://a:1',
      'http://b:2',
      'http://c:3',
    ]);
  });

  it('takes hosts without a scheme as https when tls is given', () => {
    const { hosts: urls, tls } = normalizeEtcdOptions({ hosts: 'etcd', tls: {} });
    expect(urls).toEqual(['https://etcd:2379']);
    expect(tls).toBeDefined();
  });

  it.each([undefined, 'etcd', 'etcd-0.etcd.default.svc', '10.0.0.1', '::1'])(
    'takes %s as the name of the server',
    (serverName) => {
      const tls = serverName === undefined ? {} : { serverName };
      const normalized = normalizeEtcdOptions({ hosts: 'https://127.0.0.1', tls });
      expect(normalized.tls?.serverName).toBe(serverName);
    },
  );

  it.each([
    ['no host', [], InvalidOptionError],
    ['an empty host', '', InvalidOptionError],
    ['nothing after a comma', 'http://a:1,', InvalidOptionError],
    ['a number', 1 as never, InvalidOptionError],
    ['another scheme', 'ftp://etcd', InvalidOptionError],
    ['a path', 'http://etcd:2379/v3', InvalidOptionError],
    ['a mix of schemes', ['http://a', 'https://b'], InvalidOptionError],
    ['a port out of range', 'etcd:70000', InvalidOptionError],
  ])('refuses %s', (_what, given, type) => {
    expect(() => normalizeEtcdOptions({ hosts: given })).toThrow(type);
  });

  it.each([
    [{ namespace: '' }, InvalidOptionError],
    [{ namespace: 'a/b' }, InvalidOptionError],
    [{ leaseTtlSeconds: 4 }, InvalidOptionError],
    [{ leaseTtlSeconds: 5.5 }, InvalidOptionError],
    [{ leaseTtlSeconds: 3601 }, InvalidOptionError],
    [{ auth: { username: '', password: 'x' } }, InvalidOptionError],
    [{ auth: { username: 'root', password: undefined as never } }, InvalidOptionError],
    [{ tls: {} }, InvalidOptionError],
    [{ hosts: 'https://etcd', tls: { privateKey: pem } }, InvalidOptionError],
    [{ hosts: 'https://etcd', tls: { keyFile: 'key.pem' } }, InvalidOptionError],
    [{ hosts: 'https://etcd', tls: { caFile: '/there/is/none' } }, InvalidOptionError],
    [
      { hosts: 'https://etcd', tls: { caFile: 'ca.pem', rootCertificate: pem } },
      InvalidOptionError,
    ],
    [{ hosts: 'https://etcd', tls: { certChain: pem } }, InvalidOptionError],
    [{ hosts: 'https://etcd', tls: { privateKey: pem, certChain: pem } }, InvalidOptionError],
    [{ hosts: 'https://etcd', tls: { serverName: '' } }, InvalidOptionError],
    [{ hosts: 'https://etcd', tls: { serverName: 'etcd:2379' } }, InvalidOptionError],
    [{ hosts: 'https://etcd', tls: { serverName: 'https://etcd' } }, InvalidOptionError],
    [{ hosts: 'https://etcd', tls: { serverName: 1 as never } }, InvalidOptionError],
  ])('refuses %j', (options, type) => {
    const normalize = () => normalizeEtcdOptions({ hosts, ...options });
    expect(normalize).toThrow(type);
    expect(normalize).toThrow(InvalidOptionError);
    expect(() => createEtcdRegistry({ hosts, ...options })).toThrow(type);
  });

  it.each([
    'http://root:s3cret@etcd:2379',
    'http://root:s3cret@[etcd',
    'root:s3cret@etcd',
    'http://root:s3cret,more@etcd',
  ])('never shows a password in the hosts: %s', (host) => {
    const message = (() => {
      try {
        return normalizeEtcdOptions({ hosts: host }).hosts.join();
      } catch (error) {
        return (error as Error).message;
      }
    })();
    expect(message).toMatch(/^hosts must be/);
    expect(message).not.toContain('s3cret');
  });

  it('names subject, expectation, reality and remedy', () => {
    expect(() => normalizeEtcdOptions({ hosts, leaseTtlSeconds: 2 })).toThrow(
      'leaseTtlSeconds must be an integer from 5 to 3600, but is 2. ' +
        'A failover of etcd takes up to 4 s, in which a shorter lease would run out; 10 is a good value.',
    );
  });
});

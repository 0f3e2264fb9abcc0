import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import {
  createCertificates,
  EtcdServer,
  freePorts,
  type Certificates,
} from '@grpc-discovery/test-support';
import { describeOnEtcdWithTls } from '@grpc-discovery/test-support/jest';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Etcd3 } from 'etcd3';
import { runProgram } from './program.js';
import { RecordedOutput } from './spec/recorded-output.js';

/** What grpc-js, OpenSSL and etcd put around a cause, and what nobody should have to read. */
const FOREIGN =
  /\d+ [A-Z_]+:|No connection established|Resolution note|Last error|\bError\b|\[ERR_|routines|:error:|etcdserver|\d{4}-\d\d-\d\dT|\n|\bat \w+Wrap/;

interface Etcds {
  readonly plain: string;
  readonly tls: string;
  readonly mutual: string;
  readonly authenticated: string;
  readonly unused: string;
  readonly silent: string;
  readonly web: string;
  readonly file: (name: string) => string;
}

interface Mistake {
  readonly args: (etcds: Etcds) => string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly code: number;
  /** How the text begins. */
  readonly cause: RegExp;
  readonly remedy: string;
}

const ca = ({ file }: Etcds) => ['--ca-file', file('ca.pem')];
const NO_TLS = /^the other side (closed the connection before TLS began|speaks no TLS): /;

const MISTAKES: Readonly<Record<string, Mistake>> = {
  'a port on which nobody listens': {
    args: ({ unused }) => [unused],
    code: 4,
    cause: /^connect ECONNREFUSED 127\.0\.0\.1:\d+: /,
    remedy: 'check that etcd runs there',
  },
  'a host that has no address': {
    args: () => ['http://etcd.invalid:2379'],
    code: 4,
    cause: /^the name of etcd\.invalid has no address: /,
    remedy: 'spelling of the host',
  },
  'a host that says nothing': {
    args: ({ silent }) => [silent],
    code: 4,
    cause: /^http:\S+ accepted no connection within \d+ ms: /,
    remedy: 'firewall',
  },
  'a web server': {
    args: ({ web }) => [web],
    code: 4,
    cause: /^the other side (speaks no HTTP\/2|closed the connection before HTTP\/2 began): /,
    remedy: 'hosts',
  },
  'https for an etcd without TLS': {
    args: ({ plain }) => [plain.replace('http:', 'https:')],
    code: 4,
    cause: NO_TLS,
    remedy: 'if etcd has no TLS, write http://',
  },
  'http for an etcd with TLS': {
    args: ({ tls }) => [tls.replace('https:', 'http:')],
    code: 4,
    cause: /^the other side closed the connection before HTTP\/2 began: /,
    remedy: 'if etcd has TLS, write https://',
  },
  'no CA': {
    args: ({ tls }) => [tls],
    code: 5,
    cause: /^the certificate is signed by no CA that is trusted here \(.+\): /,
    remedy: '--ca-file',
  },
  'another CA': {
    args: ({ tls, file }) => [tls, '--ca-file', file('client.pem')],
    code: 5,
    cause: /^the certificate is signed by no CA that is trusted here \(.+\): /,
    remedy: '--ca-file',
  },
  'another host name': {
    args: (etcds) => [etcds.tls.replace('127.0.0.1', 'localhost'), ...ca(etcds)],
    code: 5,
    cause: /^Hostname\/IP does not match certificate's altnames: Host: localhost/,
    remedy: '--server-name',
  },
  'another server name': {
    args: (etcds) => [etcds.tls, ...ca(etcds), '--server-name', 'etcd.internal'],
    code: 5,
    cause: /^Hostname\/IP does not match certificate's altnames: Host: etcd\.internal/,
    remedy: '--server-name',
  },
  'no certificate where one is wanted': {
    args: (etcds) => [etcds.mutual, ...ca(etcds)],
    code: 5,
    cause: /^the other side refuses the TLS handshake: certificate required: /,
    remedy: '--cert-file and --key-file',
  },
  'a wrong password': {
    args: ({ authenticated }) => [authenticated, '--user', 'root'],
    env: { ETCD_PASSWORD: 'wr0ng' },
    code: 5,
    cause: /^authentication failed, invalid user ID or password: /,
    remedy: 'check the user and its password',
  },
  'an unknown user': {
    args: ({ authenticated }) => [authenticated, '--user', 'nobody'],
    env: { ETCD_PASSWORD: 'wr0ng' },
    code: 5,
    cause: /^authentication failed, invalid user ID or password: /,
    remedy: 'check the user and its password',
  },
  'no user where one is wanted': {
    args: ({ authenticated }) => [authenticated],
    code: 5,
    cause: /^user name is empty: /,
    remedy: '--user and ETCD_PASSWORD',
  },
  'a user without rights': {
    args: ({ authenticated }) => [authenticated, '--user', 'guest'],
    env: { ETCD_PASSWORD: 's3cret' },
    code: 5,
    cause: /^permission denied: /,
    remedy: 'what its roles allow',
  },
  'a user for an etcd without authentication': {
    args: ({ plain }) => [plain, '--user', 'root'],
    env: { ETCD_PASSWORD: 's3cret' },
    code: 5,
    cause: /^authentication is not enabled: /,
    remedy: 'leave the user out',
  },
};

describeOnEtcdWithTls('A mistake in how etcd is reached', () => {
  let etcds: Etcds;
  let certificates: Certificates;
  let silent: Server;
  let web: Server;
  const servers: EtcdServer[] = [];

  beforeAll(async () => {
    certificates = createCertificates();
    const file = (name: string) => join(certificates.folder, name);
    const tls = ['--cert-file', file('server.pem'), '--key-file', file('server-key.pem')];
    const mutual = [...tls, '--client-cert-auth', '--trusted-ca-file', file('ca.pem')];
    servers.push(
      await EtcdServer.start(),
      await EtcdServer.start({ scheme: 'https', args: tls }),
      await EtcdServer.start({ scheme: 'https', args: mutual }),
      await EtcdServer.start(),
    );
    silent = createServer((socket) => socket.on('error', () => undefined).resume());
    web = createHttpServer((_, response) => response.end('hello'));
    for (const each of [silent, web]) await once(each.listen(0, '127.0.0.1'), 'listening');
    const urlOf = (each: Server) => `http://127.0.0.1:${(each.address() as AddressInfo).port}`;
    const [unused] = await freePorts(1);
    const [plain = '', encrypted = '', both = '', authenticated = ''] = servers.map(
      ({ url }) => url,
    );
    etcds = {
      ...{ plain, tls: encrypted, mutual: both, authenticated, file },
      ...{ unused: `http://127.0.0.1:${unused}`, silent: urlOf(silent), web: urlOf(web) },
    };
    await withUsers(authenticated);
  });
  afterAll(async () => {
    for (const each of servers) await each.destroy();
    silent.close();
    web.close();
    certificates.remove();
  });

  async function withUsers(hosts: string): Promise<void> {
    const client = new Etcd3({ hosts });
    for (const name of ['root', 'guest']) {
      await client.role(name).create();
      await client.user(name).create('s3cret');
      await client.user(name).addRole(name);
    }
    await client.auth.authEnable();
    client.close();
  }

  it.each(Object.entries(MISTAKES))(
    'is named first, with what to do, and in no foreign words: %s',
    async (_, { args, env = {}, code, cause, remedy }) => {
      const output = new RecordedOutput();
      const { signal } = new AbortController();
      const line = ['list', '--etcd', ...args(etcds)];
      expect(await runProgram(line, { output, env, signal })).toBe(code);
      expect(output.notes).toHaveLength(1);
      const text = output.notes[0]?.replace(/^error: /, '') ?? '';
      expect(text).toMatch(cause);
      expect(text).toContain(remedy);
      expect(text).not.toMatch(FOREIGN);
      expect(text).not.toContain(env.ETCD_PASSWORD ?? FOREIGN.source);
      expect(text.split('the registry at')).toHaveLength(2);
    },
  );
});

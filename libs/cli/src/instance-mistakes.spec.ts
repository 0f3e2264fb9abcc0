import { createCertificates, freePorts, type Certificates } from '@grpc-discovery/test-support';
import { describeWithOpenssl } from '@grpc-discovery/test-support/jest';
import { ServerCredentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { CommandLine } from './spec/command-line.js';
import { GreeterServer } from './spec/greeter-server.js';

const FOREIGN =
  /No connection established|Resolution note|\bError\b|\[ERR_|routines|:error:|\d{4}-\d\d-\d\dT\S+\)|\n/;

/** Which server is called, with which options, and what the texts say. */
const MISTAKES = [
  ['one that is gone', 'gone', [], /connect ECONNREFUSED 127\.0\.0\.1:\d+/, ''],
  [
    'TLS for one without',
    'plain',
    ['--tls'],
    /the other side (speaks no TLS|closed the connection before TLS)/,
    'leave out the --tls options',
  ],
  ['no TLS for one with it', 'tls', [], /before HTTP\/2 began/, 'give --tls'],
  ['no CA', 'tls', ['--tls'], /signed by no CA that is trusted/, '--tls-ca-file'],
  [
    'another name',
    'tls',
    ['--tls-ca-file', 'ca.pem', '--tls-server-name', 'orders'],
    /altnames: Host: orders/,
    '--tls-server-name',
  ],
  [
    'no certificate where one is wanted',
    'mutual',
    ['--tls-ca-file', 'ca.pem'],
    /refuses the TLS handshake/,
    '--tls-cert-file and --tls-key-file',
  ],
] as const;

describeWithOpenssl('A mistake in how instances are reached', () => {
  let certificates: Certificates;
  const servers: GreeterServer[] = [];
  const addresses: Record<string, string> = {};

  beforeAll(async () => {
    certificates = createCertificates('greeter');
    const { ca, server } = certificates;
    const pairs = [{ private_key: server.key, cert_chain: server.certificate }];
    const kinds = {
      plain: ServerCredentials.createInsecure(),
      tls: ServerCredentials.createSsl(null, pairs),
      mutual: ServerCredentials.createSsl(ca, pairs, true),
    };
    for (const [name, credentials] of Object.entries(kinds)) {
      const started = await GreeterServer.start([], credentials);
      servers.push(started);
      addresses[name] = started.address;
    }
    const [unused] = await freePorts(1);
    addresses.gone = `127.0.0.1:${unused}`;
  });
  afterAll(() => {
    for (const each of servers) each.stop();
    certificates.remove();
  });

  it.each(MISTAKES)(
    'is named in the words of people by call, explain and doctor: %s',
    async (_, kind, options, cause, remedy) => {
      const cli = new CommandLine();
      cli.put({ address: addresses[kind] ?? '' });
      const files = options.map((each) =>
        each.endsWith('.pem') ? join(certificates.folder, each) : each,
      );
      const called = await cli.run('call', 'greeter', 'SayHello', ...files);
      const [text = ''] = called.output.notes;
      expect(text).toMatch(new RegExp(`^error: UNAVAILABLE: .*${cause.source}`));
      expect(text.indexOf('No connection to')).toBeGreaterThan(text.search(cause));
      const explained = (await cli.run('explain', 'greeter', ...files)).output.text;
      const looked = (await cli.run('doctor', ...files)).output.text;
      for (const each of [text, explained, looked]) expect(each).toMatch(cause);
      for (const each of [text, explained, looked]) expect(each).toContain(remedy);
      for (const each of [text, ...explained.split('\n'), ...looked.split('\n')])
        expect(each).not.toMatch(FOREIGN);
    },
  );
});

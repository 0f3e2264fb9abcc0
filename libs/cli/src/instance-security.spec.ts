import { join } from 'node:path';
import { createCertificates, type Certificates } from '@grpc-discovery/test-support';
import { describeWithOpenssl } from '@grpc-discovery/test-support/jest';
import { ServerCredentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CommandLine } from './spec/command-line.js';
import { GreeterServer } from './spec/greeter-server.js';

describeWithOpenssl('Instances with mutual TLS', () => {
  let certificates: Certificates;
  let server: GreeterServer;
  let cli: CommandLine;

  beforeAll(async () => {
    certificates = createCertificates('greeter');
    const { ca, server: own } = certificates;
    const pair = { private_key: own.key, cert_chain: own.certificate };
    server = await GreeterServer.start(['v1'], ServerCredentials.createSsl(ca, [pair], true));
    cli = new CommandLine();
    cli.put({ address: server.address });
  });
  afterAll(() => {
    server.stop();
    certificates.remove();
  });

  const file = (name: string) => join(certificates.folder, name);
  const own = () => [
    ...['--tls-ca-file', file('ca.pem')],
    ...['--tls-cert-file', file('client.pem')],
    ...['--tls-key-file', file('client-key.pem')],
  ];
  const call = ['call', 'greeter', 'SayHello', '{"name":"you"}'];

  it('are called, explained and looked at, by certificates that name the service', async () => {
    const called = await cli.run(...call, ...own());
    expect({ code: called.code, notes: called.output.notes }).toEqual({ code: 0, notes: [] });
    expect(called.output.json).toMatchObject({ message: 'Hello you' });
    expect((await cli.run('explain', 'greeter', ...own())).output.text).toMatch(
      /greeter-1 .* ready/,
    );
    const { code, output } = await cli.run('doctor', ...own());
    expect(code).toBe(0);
    expect(output.text).toContain('answers, without a health service');
  });

  it('are called by files that the environment names', async () => {
    const line = new CommandLine();
    line.put({ address: server.address });
    line.env = {
      GRPC_TLS_CA_FILE: file('ca.pem'),
      GRPC_TLS_CERT_FILE: file('client.pem'),
      GRPC_TLS_KEY_FILE: file('client-key.pem'),
    };
    expect((await line.run(...call)).code).toBe(0);
  });

  it.each([
    ['in plain', () => []],
    ["by Node's CAs", () => ['--tls']],
    ['under another name', () => [...own(), '--tls-server-name', 'orders']],
  ])('are not called %s', async (_, options) => {
    const { code, output } = await cli.run(...call, '--timeout-ms', '2000', ...options());
    expect(code).toBe(1);
    expect(output.notes.join()).toMatch(/UNAVAILABLE|DEADLINE_EXCEEDED/);
    const doctor = await cli.run('doctor', ...options());
    expect(doctor.code).toBe(1);
    expect(doctor.output.text).toContain('problem');
  });

  it('are not dialled with files that do not fit', async () => {
    const key = ['--tls-cert-file', file('client.pem'), '--tls-key-file', file('server-key.pem')];
    const { code, output } = await cli.run(...call, ...key);
    expect(code).toBe(2);
    expect(output.notes.join()).toContain('belong together');
  });
});

describe('TLS options of instances', () => {
  it.each([
    [
      ['--tls-ca-file', '/nowhere.pem'],
      '--tls-ca-file must name a PEM file, but /nowhere.pem does not exist',
    ],
    [['--tls-cert-file', '/c.pem'], 'without its'],
    [['--tls-key-file', '/k.pem'], 'without its'],
  ])('end with 2: %j', async (options, told) => {
    const { code, output } = await new CommandLine().run('list', ...options);
    expect(code).toBe(2);
    expect(output.notes.join()).toContain(told);
  });
});

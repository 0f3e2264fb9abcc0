import { EmbeddedEtcd } from '@grpc-discovery/embedded-etcd';
import { createEtcdRegistry } from '@grpc-discovery/registry';
import { until } from '@grpc-discovery/test-support';
import { afterEach, describe, expect, it } from '@jest/globals';
import { run } from './program.js';

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Runs a command line in this process. */
function command(...args: string[]) {
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  let end = () => undefined as void;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const code = run(args, {
    logger: { info: log, warn: log },
    password: undefined,
    print: log,
    untilEnd: () => ended,
  });
  return { lines, code, end };
}

describe('grpc-discovery-agent serve', () => {
  it('serves the services of etcd until it is asked to end', async () => {
    const etcd = await EmbeddedEtcd.start();
    ends.push(() => etcd.stop());
    const services = createEtcdRegistry({ hosts: [...etcd.hosts] });
    ends.push(() => services.close());
    const instance = { service: 'greeter', address: '127.0.0.1:50051' };
    await services.registrar.register(instance).whenRegistered();
    const flags = ['--listen', '127.0.0.1:0', '--status', '127.0.0.1:0'];
    const { lines, code, end } = command('serve', '--etcd', etcd.hosts.join(), ...flags);
    await until('it serves', () => lines.some((line) => line.startsWith('Serving 1 service')));
    const [, address] = /State at (\S+)/.exec(lines.join('\n')) ?? [];
    const state: unknown = await (await fetch(address!)).json();
    expect(state).toMatchObject({ services: ['greeter'], registry: { state: 'live' } });
    end();
    expect(await code).toBe(0);
    await expect(fetch(address!)).rejects.toThrow();
  });

  it('ends at once when it is asked to while it waits for etcd', async () => {
    const flags = ['--listen', '127.0.0.1:0', '--status', '127.0.0.1:0'];
    const { code, end } = command('serve', '--etcd', 'http://127.0.0.1:1', ...flags);
    end();
    expect(await code).toBe(0);
  });

  it.each<[reason: string, flags: string[], text: string]>([
    ['a public address without --central', ['--listen', '0.0.0.0:18000'], 'Add --central'],
    [
      'a public address without TLS',
      ['--central', '--listen', '0.0.0.0:18000'],
      'needs mutual TLS: add --cert-file, --key-file and --client-ca-file',
    ],
    ['a part of TLS', ['--cert-file', 'a.pem'], 'together, for mutual TLS'],
    [
      'a missing file',
      ['--cert-file', '/none.pem', '--key-file', '/none.pem', '--client-ca-file', '/none.pem'],
      '--cert-file must name a readable file: ENOENT',
    ],
    ['both kinds', ['--host', '--central'], '--host and --central exclude each other'],
    ['an address without a port', ['--listen', 'localhost'], '--listen must be host:port'],
    ['a port out of range', ['--status', '127.0.0.1:70000'], '--status must be host:port'],
    ['a user of etcd without a password', ['--etcd-user', 'agent'], 'set ETCD_PASSWORD'],
    ['half of mutual TLS with etcd', ['--etcd-cert-file', 'a.pem'], 'together, for mutual TLS'],
    ['a missing CA of etcd', ['--etcd', 'https://a', '--etcd-ca-file', '/none.pem'], '/none.pem'],
    ['an invalid namespace', ['--namespace', 'a/b'], 'namespace must be'],
    ['an invalid url of etcd', ['--etcd', 'ftp://a'], 'hosts'],
  ])('refuses %s', async (_, flags, text) => {
    const { lines, code } = command('serve', ...flags);
    expect(await code).toBe(2);
    expect(lines.join('\n')).toContain(text);
  });

  it('reports a port that is taken', async () => {
    const etcd = await EmbeddedEtcd.start();
    ends.push(() => etcd.stop());
    const taken = new URL(etcd.hosts[0]!).host;
    const flags = ['--listen', taken, '--status', '127.0.0.1:0'];
    const { lines, code } = command('serve', '--etcd', etcd.hosts.join(), ...flags);
    expect(await code).toBe(1);
    expect(lines.join('\n')).toMatch(/^error: .*(EADDRINUSE|No address added)/m);
  });
});

describe('grpc-discovery-agent bootstrap', () => {
  it.each([
    ['grpc', { node: { id: 'gateway-1', locality: { zone: 'a' } } }],
    ['envoy', { dynamic_resources: { ads_config: { api_type: 'DELTA_GRPC' } } }],
  ])('prints the file of %s', async (client, part) => {
    const { lines, code } = command('bootstrap', client, '--node-id', 'gateway-1', '--zone', 'a');
    expect(await code).toBe(0);
    expect(JSON.parse(lines.join('\n'))).toMatchObject(part);
  });

  it.each<[string, string[], string]>([
    ['a part of TLS', ['envoy', '--ca-file', 'ca.pem'], 'together, for mutual TLS'],
    ['an admin interface for gRPC', ['grpc', '--admin', '127.0.0.1:1'], 'are for envoy'],
    ['a socket for Envoy', ['envoy', '--control-plane', 'unix:/a'], '--control-plane must be host'],
  ])('refuses %s', async (_, args, text) => {
    const { lines, code } = command('bootstrap', ...args, '--node-id', 'a');
    expect(await code).toBe(2);
    expect(lines.join()).toContain(text);
  });

  it('refuses an unknown client', async () => {
    // Commander prints its message to the terminal.
    expect(await command('bootstrap', 'nginx', '--node-id', 'a').code).toBe(2);
  });

  it('gives Envoy an admin interface on request', async () => {
    const { lines, code } = command(
      ...['bootstrap', 'envoy', '--node-id', 'envoy-1', '--admin', '127.0.0.1:9901'],
    );
    expect(await code).toBe(0);
    expect(lines.join('\n')).toContain('9901');
  });
});

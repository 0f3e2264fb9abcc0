import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EmbeddedEtcd } from '@grpc-discovery/embedded-etcd';
import { createEtcdRegistry, type Registry } from '@grpc-discovery/registry';
import { freePorts, until } from '@grpc-discovery/test-support';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const packageDir = fileURLToPath(new URL('..', import.meta.url));
const program = join(packageDir, 'dist/bin/grpc-discovery.js');
const proto = join(packageDir, '../../proto/helloworld.proto');

/** Each command, as far as it can be made to wait: for the registry, an instance, input or changes. */
const WITHOUT_ETCD = [
  ['list'],
  ['list', 'greeter'],
  ['list', '--watch'],
  ['list', 'greeter', '--watch'],
  ['explain', 'greeter'],
  ['drain', 'greeter-1'],
  ['undrain', 'greeter-1'],
  ['weight', 'greeter-1', '7'],
  ['config', 'get', 'greeter'],
  ['config', 'set', 'greeter', '{}'],
  ['config', 'rm', 'greeter'],
  ['doctor'],
  ['call', 'greeter', 'SayHello'],
];
const WITH_ETCD = [
  ['list', '--watch'],
  ['list', 'greeter', '--watch'],
  ['config', 'set', 'greeter', '--file', '-'],
  ['call', 'greeter', 'SayHello', '--timeout-ms', '600000'],
  ['call', 'greeter', 'SayHello', '--proto', proto, '--timeout-ms', '600000'],
];

/** Accepts connections and never says a word, as does an instance that hangs, or an etcd behind a firewall. */
async function silent() {
  let arrived = 0;
  const server = createServer((socket) => {
    arrived++;
    socket.on('error', () => undefined).resume();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { server, address: `127.0.0.1:${port}`, arrived: () => arrived };
}

function start(hosts: string, args: readonly string[]) {
  const env = { ...process.env, ETCD_HOSTS: hosts };
  return spawn(process.execPath, [program, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
}

describe('The first signal to end', () => {
  let etcd: EmbeddedEtcd;
  let registry: Registry;
  let hung: Awaited<ReturnType<typeof silent>>;

  beforeAll(async () => {
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    execFileSync(process.execPath, [tsc, '-b', packageDir]);
    hung = await silent();
    etcd = await EmbeddedEtcd.start();
    registry = createEtcdRegistry({ hosts: etcd.hosts });
    await registry.registrar
      .register({ id: 'greeter-1', service: 'greeter', address: hung.address })
      .whenRegistered();
  });
  afterAll(async () => {
    await registry.close();
    await etcd.stop();
    hung.server.close();
  });

  it.each(WITHOUT_ETCD.map((args) => [args.join(' '), args] as const))(
    'ends with 130 what waits for an etcd that does not answer: %s',
    async (_, args) => {
      const { server, address, arrived } = await silent();
      const child = start(address, args);
      await until('etcd is asked', () => arrived() > 0);
      const exit = once(child, 'exit');
      child.kill('SIGINT');
      expect(await exit).toEqual([130, null]);
      server.close();
    },
  );

  it.each(WITH_ETCD.map((args) => [args.join(' '), args] as const))(
    'ends with 130 what goes on: %s',
    async (_, args) => {
      const child = start(etcd.hosts.join(), args);
      let told = '';
      child.stdout.on('data', (text) => (told += String(text)));
      const before = hung.arrived();
      const isWaiting = () =>
        args[0] === 'call' ? hung.arrived() > before : told.includes('greeter');
      // What reads its input says nothing of it.
      if (args.includes('-')) await once(child, 'spawn');
      else await until('it waits', isWaiting);
      const exit = once(child, 'exit');
      child.kill('SIGINT');
      const [code, signal] = await exit;
      // Before the program runs, Node's own way of ending has the same code in a shell.
      expect(signal === 'SIGINT' ? 130 : code).toBe(130);
    },
  );

  it('ends with 143 when it is SIGTERM', async () => {
    const child = start(etcd.hosts.join(), ['list', '--watch']);
    let told = '';
    child.stdout.on('data', (text) => (told += String(text)));
    await until('it shows the service', () => told.includes('greeter'));
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exit).toEqual([143, null]);
  });
});

describe('An output that nobody reads any more', () => {
  it.each([
    ['the standard output', 'stdout', ['--help']],
    ['the error output', 'stderr', ['nope']],
  ] as const)(
    'ends the command without a word, as a shell expects: %s',
    async (_, stream, args) => {
      const [unused] = await freePorts(1);
      const child = start(`127.0.0.1:${unused}`, args);
      child[stream].destroy();
      let told = '';
      const other = stream === 'stdout' ? child.stderr : child.stdout;
      other.on('data', (text) => (told += String(text)));
      const [code] = await once(child, 'exit');
      expect({ code, told }).toEqual({ code: 141, told: '' });
    },
  );
});

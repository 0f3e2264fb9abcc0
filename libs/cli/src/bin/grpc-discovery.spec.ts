import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EmbeddedEtcd } from '@grpc-discovery/embedded-etcd';
import { createEtcdRegistry } from '@grpc-discovery/registry';
import { until } from '@grpc-discovery/test-support';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';

const packageDir = fileURLToPath(new URL('../..', import.meta.url));

describe('the command grpc-discovery', () => {
  const children: ChildProcess[] = [];
  const start = (etcd: EmbeddedEtcd, ...command: string[]) => {
    const args = [join(packageDir, 'dist/bin/grpc-discovery.js'), ...command];
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ETCD_HOSTS: etcd.hosts.join() },
    });
    children.push(child);
    return child;
  };

  beforeAll(() => {
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    execFileSync(process.execPath, [tsc, '-b', packageDir]);
  });

  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  it('follows the registry without colours into a pipe, and ends with 130 when it is interrupted', async () => {
    const etcd = await EmbeddedEtcd.start();
    const registry = createEtcdRegistry({ hosts: etcd.hosts });
    const child = start(etcd, 'list', 'greeter', '--watch');
    let out = '';
    child.stdout.on('data', (text) => (out += String(text)));
    await until('it shows the service', () => out.includes('greeter: live'));
    const registration = registry.registrar.register({
      id: 'greeter-1',
      service: 'greeter',
      address: '127.0.0.1:50051',
      version: '',
      weight: 100,
      locality: { region: '', zone: '', subZone: '' },
      metadata: {},
      startedAt: new Date().toISOString(),
    });
    await registration.whenRegistered();
    await until('it shows the instance', () => out.includes('greeter-1'));
    const exit = once(child, 'exit');
    child.kill('SIGINT');
    expect(await exit).toEqual([130, null]);
    expect(out).not.toContain('\x1b');
    await registry.close();
    await etcd.stop();
  });

  it('ends after it has told of an instance that hangs in its TLS handshake', async () => {
    const hung = createServer((socket) => socket.on('error', () => undefined).pause());
    await once(hung.listen(0, '127.0.0.1'), 'listening');
    const etcd = await EmbeddedEtcd.start();
    const registry = createEtcdRegistry({ hosts: etcd.hosts });
    const address = `127.0.0.1:${(hung.address() as AddressInfo).port}`;
    await registry.registrar.register({ service: 'greeter', address }).whenRegistered();
    const child = start(etcd, 'doctor', '--tls');
    let out = '';
    child.stdout.on('data', (text) => (out += String(text)));
    await until('the command has ended', () => child.exitCode !== null);
    expect(child.exitCode).toBe(1);
    expect(out).toContain(address);
    await registry.close();
    await etcd.stop();
    hung.close();
  });
});

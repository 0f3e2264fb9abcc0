import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EmbeddedEtcd } from '@grpc-discovery/embedded-etcd';
import { createEtcdRegistry } from '@grpc-discovery/registry';
import { until } from '@grpc-discovery/test-support';
import { beforeAll, describe, expect, it } from '@jest/globals';

const packageDir = fileURLToPath(new URL('../..', import.meta.url));

describe('the command grpc-discovery', () => {
  beforeAll(() => {
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    execFileSync(process.execPath, [tsc, '-b', packageDir]);
  });

  it('follows the registry without colours into a pipe, and ends with 0 when it is interrupted', async () => {
    const etcd = await EmbeddedEtcd.start();
    const registry = createEtcdRegistry({ hosts: etcd.hosts });
    const args = [join(packageDir, 'dist/bin/grpc-discovery.js'), 'list', 'greeter', '--watch'];
    const env = { ...process.env, ETCD_HOSTS: etcd.hosts.join() };
    const child = spawn(process.execPath, args, { env });
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
    expect(await exit).toEqual([0, null]);
    expect(out).not.toContain('\x1b');
    await registry.close();
    await etcd.stop();
  });
});

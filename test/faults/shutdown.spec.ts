import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { EtcdServer, until } from '@grpc-discovery/test-support';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { anInstance } from '../../libs/registry/src/spec/instances.js';
import { RawEtcd } from '../../libs/registry/src/spec/raw-etcd.js';
import { stopwatch } from '../../libs/registry/src/spec/stopwatch.js';
import { transpilePackage } from '../../libs/registry/src/spec/transpile.js';

const KEY = '/discovery/instances/greeter/greeter-1';

/** A process with a registration and a watch; it closes the registry on the first line it is sent. */
const SCRIPT = `
const { createEtcdRegistry } = await import(process.argv[1]);
const { hosts, instance } = JSON.parse(process.argv[2]);
const registry = createEtcdRegistry({ hosts, leaseTtlSeconds: 5 });
registry.registrar.register(instance);
registry.watcher.watch('greeter', (state) => {
  if (state.kind !== 'live' || state.snapshot.instances.length > 0) console.log(state.kind);
});
process.stdin.once('data', async () => {
  process.stdin.destroy();
  await registry.close();
});
`;

describeOnEtcd('process that closes its registry', () => {
  let folder: string;
  let etcd: EtcdServer;
  let child: ChildProcess | undefined;

  beforeAll(async () => {
    folder = transpilePackage();
    etcd = await EtcdServer.start();
  });
  afterEach(async () => {
    child?.kill('SIGKILL');
    etcd.thaw();
    await etcd.restart();
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await etcd.destroy();
  });

  /** Starts a process and waits until its watch has told something. */
  async function start(): Promise<ChildProcess> {
    const options = JSON.stringify({ hosts: etcd.url, instance: anInstance() });
    const args = ['--input-type=module', '-e', SCRIPT, '--', `${folder}/index.js`, options];
    child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    if (child.stdout) await once(createInterface(child.stdout), 'line');
    return child;
  }

  /** Milliseconds from the order to close to the end of the process. */
  async function close(process: ChildProcess, what: string): Promise<number> {
    const elapsed = stopwatch();
    const exit = once(process, 'exit');
    process.stdin?.end('close\n');
    expect(await exit).toEqual([0, null]);
    return elapsed(`row 24: process ends, ${what}`);
  }

  it('ends by itself and takes its key along when etcd is up', async () => {
    const process = await start();
    const raw = new RawEtcd(etcd.url);
    await until('the key is there', () => raw.get(KEY));
    expect(await close(process, 'etcd up')).toBeLessThan(500);
    expect(await raw.get(KEY)).toBeUndefined();
  });

  it('ends by itself when etcd is down', async () => {
    const process = await start();
    await etcd.stop();
    expect(await close(process, 'etcd down')).toBeLessThan(1_000);
  });

  it('ends by itself when etcd was never there', async () => {
    await etcd.stop();
    const process = await start();
    expect(await close(process, 'etcd never there')).toBeLessThan(1_000);
  });

  it('ends by itself when etcd hangs', async () => {
    const process = await start();
    etcd.freeze();
    expect(await close(process, 'etcd hung')).toBeLessThan(2_000);
  });

  it('ends by itself when etcd has hung from the start', async () => {
    etcd.freeze();
    const process = await start();
    expect(await close(process, 'etcd hung from the start')).toBeLessThan(2_000);
  });
});

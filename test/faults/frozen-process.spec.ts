import { EtcdServer, until } from '@grpc-discovery/test-support';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { rmSync } from 'node:fs';
import { anInstance } from '../../libs/registry/src/spec/instances.js';
import { RawEtcd } from '../../libs/registry/src/spec/raw-etcd.js';
import { stopwatch } from '../../libs/registry/src/spec/stopwatch.js';
import { transpilePackage } from '../../libs/registry/src/spec/transpile.js';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';
import { RegistryProcess } from './registry-process.js';

const KEY = '/discovery/instances/greeter/greeter-1';

describeOnEtcd('process that is frozen for longer than its TTL', () => {
  let folder: string;
  let etcd: EtcdServer;
  let frozen: RegistryProcess;

  beforeAll(async () => {
    folder = transpilePackage();
    etcd = await EtcdServer.start();
    frozen = await RegistryProcess.start(folder, { hosts: etcd.url, instance: anInstance() });
  });
  afterAll(async () => {
    await frozen.kill();
    rmSync(folder, { recursive: true, force: true });
    await etcd.destroy();
  });

  it('is registered again within 1 s after it resumes, and its watch is live', async () => {
    const raw = new RawEtcd(etcd.url);
    const before = await until('the key is there', () => raw.get(KEY));
    frozen.freeze();
    await until('the lease has run out', async () => (await raw.get(KEY)) === undefined);
    frozen.thaw();
    const elapsed = stopwatch();
    const after = await until('the key is back', () => raw.get(KEY));
    expect(elapsed('row 17: key back after a freeze')).toBeLessThan(1_000);
    expect(after.lease).not.toBe(before.lease);
    await until('the watch is live', async () => (await frozen.report()).watch === 'live');
    expect(elapsed('row 17: watch live after a freeze')).toBeLessThan(3_000);
    expect((await frozen.report()).registration).toBe('registered');
  });
});

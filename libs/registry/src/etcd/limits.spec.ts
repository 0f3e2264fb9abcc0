import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { EtcdServer } from '@grpc-discovery/test-support';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';
import { InvalidOptionError } from '../errors/registry-errors.js';
import type { Registry } from '../registry.js';
import { anInstance } from '../spec/instances.js';
import { RawEtcd } from '../spec/raw-etcd.js';
import { RecordedLogger } from '../spec/recorded-logger.js';
import { RecordedWatch } from '../spec/watches.js';
import { createEtcdRegistry } from './etcd-registry.js';

const MEBIBYTE = 1024 * 1024;

describeOnEtcd('registry with limits', () => {
  let etcd: EtcdServer;
  let logger: RecordedLogger;
  let registry: Registry;
  let raw: RawEtcd;

  beforeAll(async () => {
    etcd = await EtcdServer.start();
    raw = new RawEtcd(etcd.url);
  });
  afterEach(() => registry.close());
  afterAll(() => etcd.destroy());

  function create(namespace: string, limits = {}): void {
    logger = new RecordedLogger();
    registry = createEtcdRegistry(
      { hosts: etcd.url, namespace, leaseTtlSeconds: 5, limits },
      logger,
    );
  }

  it('takes neither an instance nor a config beyond its limits', async () => {
    create('door', { valueBytes: 1_024, metadataEntries: 1 });
    const register = (metadata: Record<string, string>) => () =>
      registry.registrar.register(anInstance({ metadata }));
    expect(register({ a: '', b: '' })).toThrow(InvalidOptionError);
    expect(register({ a: 'x'.repeat(1_024) })).toThrow(InvalidOptionError);
    const published = registry.configs.publish('greeter', { pad: 'x'.repeat(1_024) });
    await expect(published).rejects.toThrow(InvalidOptionError);
  });

  it('shows good instances beside huge values, though a whole page of those is more than is received at once', async () => {
    create('huge');
    const prefix = '/huge/instances/greeter/';
    const pad = 'x'.repeat(MEBIBYTE + MEBIBYTE / 4);
    for (let i = 0; i < 60; i++) await raw.put(`${prefix}huge-${i}`, pad);
    await raw.put(`${prefix}good`, JSON.stringify(anInstance({ id: 'good' })));
    const watch = new RecordedWatch(registry, 'greeter');
    await watch.untilIds(['good']);
    await raw.put(`${prefix}better`, JSON.stringify(anInstance({ id: 'better' })));
    await watch.untilIds(['better', 'good']);
    const broken = logger.lines.filter((line) => line.includes('of at most 65536 bytes'));
    expect(broken).toHaveLength(10);
    expect(logger.lines.filter((line) => line.includes('There are more entries'))).toHaveLength(1);
    expect(registry.describe().services[0]?.brokenEntries).toBe(60);
  });

  it('uses the first instances above the limit, and logs that once', async () => {
    create('crowd', { instancesPerService: 3 });
    for (const id of ['d', 'b', 'a', 'c']) {
      await registry.registrar.register(anInstance({ id })).whenRegistered();
    }
    const watch = new RecordedWatch(registry, 'greeter');
    await watch.untilIds(['a', 'b', 'c']);
    const e = registry.registrar.register(anInstance({ id: 'e' }));
    await e.whenRegistered();
    await registry.registrar.register(anInstance({ id: '0' })).whenRegistered();
    await watch.untilIds(['0', 'a', 'b']);
    expect(logger.lines.filter((line) => line.includes('instancesPerService'))).toHaveLength(1);
  });
});

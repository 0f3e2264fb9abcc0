import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createEtcdRegistry, type Registry } from '@grpc-discovery/registry';
import { EtcdServer, until } from '@grpc-discovery/test-support';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anInstance } from '../../libs/registry/src/spec/instances.js';
import { RecordedLogger } from '../../libs/registry/src/spec/recorded-logger.js';
import { idsOf, RecordedWatch } from '../../libs/registry/src/spec/watches.js';

describeOnEtcd('registry that starts while etcd is down, with snapshots on disk', () => {
  let etcd: EtcdServer;
  let directory: string;
  let logger: RecordedLogger;
  let registries: Registry[];

  beforeEach(async () => {
    etcd = await EtcdServer.start();
    directory = mkdtempSync(join(tmpdir(), 'snapshots-'));
    logger = new RecordedLogger();
    registries = [];
    const server = create();
    await server.registrar.register(anInstance()).whenRegistered();
    const client = create();
    await new RecordedWatch(client, 'greeter').untilIds(['greeter-1']);
    await client.close();
    await etcd.stop();
  });
  afterEach(async () => {
    await Promise.all(registries.map((registry) => registry.close()));
    await etcd.destroy();
    rmSync(directory, { recursive: true });
  });

  function create(): Registry {
    const options = { hosts: etcd.url, leaseTtlSeconds: 5, snapshots: { directory } };
    const registry = createEtcdRegistry(options, logger);
    registries.push(registry);
    return registry;
  }

  it('knows the instances of its last run, and what is true as soon as etcd is back', async () => {
    const watch = new RecordedWatch(create(), 'greeter');
    const stale = await watch.untilKind('stale', 2_000);
    expect('snapshot' in stale && idsOf(stale.snapshot)).toEqual(['greeter-1']);
    expect(watch.watch.stalenessMs()).toBeGreaterThan(0);
    await etcd.restart({ wipe: true });
    await watch.untilIds(['greeter-1']);
    await create()
      .registrar.register(anInstance({ id: 'greeter-2' }))
      .whenRegistered();
    const { instances } = await watch.untilIds(['greeter-1', 'greeter-2']);
    expect(instances).toHaveLength(2);
  });

  it('starts without them, and tells why, when the file was damaged', async () => {
    const [name] = readdirSync(directory);
    writeFileSync(join(directory, name ?? ''), 'damaged');
    const watch = new RecordedWatch(create(), 'greeter');
    expect((await watch.untilKind('unavailable')).kind).toBe('unavailable');
    await until('it is reported', () =>
      logger.lines.some((line) => line.includes('its checksum is wrong')),
    );
  });

  it('has nothing of a service that it never watched', async () => {
    const watch = new RecordedWatch(create(), 'orders');
    expect((await watch.untilKind('unavailable')).kind).toBe('unavailable');
  });
});

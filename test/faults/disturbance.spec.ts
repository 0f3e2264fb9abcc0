import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { createEtcdRegistry, type Registry } from '@grpc-discovery/registry';
import { EtcdServer, until } from '@grpc-discovery/test-support';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';
import { setTimeout as delay } from 'node:timers/promises';
import { anInstance } from '../../libs/registry/src/spec/instances.js';
import { RawEtcd } from '../../libs/registry/src/spec/raw-etcd.js';
import { RecordedLogger } from '../../libs/registry/src/spec/recorded-logger.js';
import { stopwatch } from '../../libs/registry/src/spec/stopwatch.js';
import { RecordedWatch } from '../../libs/registry/src/spec/watches.js';

describeOnEtcd('registration that others disturb', () => {
  let etcd: EtcdServer;
  let raw: RawEtcd;
  let registry: Registry;
  let logger: RecordedLogger;
  let namespace: string;
  let key: string;
  let namespaces = 0;

  beforeAll(async () => {
    etcd = await EtcdServer.start();
    raw = new RawEtcd(etcd.url);
  });
  afterAll(() => etcd.destroy());
  beforeEach(() => {
    namespace = `n${++namespaces}`;
    key = `/${namespace}/instances/greeter/greeter-1`;
    logger = new RecordedLogger();
    registry = createEtcdRegistry({ hosts: etcd.url, namespace, leaseTtlSeconds: 5 }, logger);
  });
  afterEach(() => registry.close());

  it('is put again when its key is deleted', async () => {
    const registration = registry.registrar.register(anInstance());
    await registration.whenRegistered();
    await delay(50);
    await raw.delete(key);
    const elapsed = stopwatch();
    await until('the key is back', () => raw.get(key));
    expect(elapsed('row 15: own key back after a delete')).toBeLessThan(1_000);
    expect(registration.state.kind).toBe('registered');
  });

  it('is put again when its key is overwritten', async () => {
    await registry.registrar.register(anInstance()).whenRegistered();
    const before = await raw.get(key);
    await raw.put(key, 'somebody else');
    await until('our value is back', async () => (await raw.get(key))?.value === before?.value);
    expect((await raw.get(key))?.lease).toBe(before?.lease);
  });

  it('writes at a bounded rate when another process keeps writing the same key', async () => {
    const other = createEtcdRegistry({ hosts: etcd.url, namespace, leaseTtlSeconds: 5 });
    await registry.registrar.register(anInstance()).whenRegistered();
    await other.registrar.register(anInstance({ version: '2.0.0' })).whenRegistered();
    const before = BigInt(await raw.revision());
    await delay(3_000);
    expect(Number(BigInt(await raw.revision()) - before)).toBeLessThan(20);
    await other.close();
  });

  it('gets a new lease when its lease is revoked', async () => {
    const watch = new RecordedWatch(registry, 'greeter');
    await registry.registrar.register(anInstance()).whenRegistered();
    await watch.untilIds(['greeter-1']);
    await raw.revokeAll();
    const elapsed = stopwatch();
    await until('the key is back', () => raw.get(key));
    expect(elapsed('row 16: key back after a revoke')).toBeLessThan(5_000 / 4 + 500);
    await watch.untilIds(['greeter-1']);
  });

  it('shares one lease among all registrations and revokes it with the last', async () => {
    const leases = new Set(await raw.leases());
    const registrations = ['a', 'b', 'c'].map((id) =>
      registry.registrar.register(anInstance({ id })),
    );
    await Promise.all(registrations.map((each) => each.whenRegistered()));
    const ours = (await raw.leases()).filter((id) => !leases.has(id));
    expect(ours).toHaveLength(1);
    await Promise.all(registrations.map((each) => each.deregister()));
    expect(await raw.leases()).not.toContain(ours[0]);
  });

  it('writes nothing while all is well, over several keepalives and past its TTL', async () => {
    const watch = new RecordedWatch(registry, 'greeter');
    await registry.registrar.register(anInstance()).whenRegistered();
    await watch.untilIds(['greeter-1']);
    const revision = await raw.revision();
    const told = watch.states.length;
    await delay(6_500);
    expect(await raw.revision()).toBe(revision);
    expect(watch.states).toHaveLength(told);
    expect(await raw.get(key)).toBeDefined();
  });

  it('leaves a broken value out, tells of its key once a minute at most and keeps the good ones', async () => {
    const broken = `/${namespace}/instances/greeter/broken`;
    await raw.put(broken, '{"id":"broken","metadata":{"token":"secret-1"}');
    const watch = new RecordedWatch(registry, 'greeter');
    await registry.registrar.register(anInstance()).whenRegistered();
    await watch.untilIds(['greeter-1']);
    const lines = () => logger.lines.filter((line) => line.includes(broken));
    expect(lines()).toHaveLength(1);
    await raw.put(broken, JSON.stringify(anInstance({ id: 'broken', address: '[::1]:50051' })));
    const { instances } = await watch.untilIds(['broken', 'greeter-1']);
    expect(instances[0]?.address).toBe('[::1]:50051');
    await raw.put(broken, JSON.stringify({ ...anInstance({ id: 'broken' }), weight: 'secret-2' }));
    await watch.untilIds(['greeter-1']);
    expect(lines()).toHaveLength(1);
    expect(registry.describe().services[0]?.brokenEntries).toBe(1);
    expect(logger.lines.join()).not.toContain('secret-');
  });
});

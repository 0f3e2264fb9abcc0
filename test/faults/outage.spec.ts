import { afterEach, beforeEach, expect, it } from '@jest/globals';
import {
  createEtcdRegistry,
  type Registry,
  RegistryUnreachableError,
} from '@grpc-discovery/registry';
import { EtcdServer, until } from '@grpc-discovery/test-support';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';
import { setTimeout as delay } from 'node:timers/promises';
import { anInstance } from '../../libs/registry/src/spec/instances.js';
import { RawEtcd } from '../../libs/registry/src/spec/raw-etcd.js';
import { RecordedLogger } from '../../libs/registry/src/spec/recorded-logger.js';
import { stopwatch } from '../../libs/registry/src/spec/stopwatch.js';
import { RecordedWatch } from '../../libs/registry/src/spec/watches.js';

const KEY = '/discovery/instances/greeter/greeter-1';

describeOnEtcd('registry that starts before etcd', () => {
  it('tells why it is unavailable, and registers once etcd serves', async () => {
    const etcd = await EtcdServer.start();
    await etcd.stop();
    const registry = createEtcdRegistry({ hosts: etcd.url, leaseTtlSeconds: 5 });
    const watch = new RecordedWatch(registry, 'greeter');
    const registration = registry.registrar.register(anInstance());
    const elapsed = stopwatch();
    const state = await watch.untilKind('unavailable');
    expect(elapsed('row 22: unavailable is reported')).toBeLessThan(2_000);
    const { message } = (state as { error: Error }).error;
    expect(message).toContain(etcd.url);
    expect(message).toContain('/discovery/instances/greeter/');
    await until('the registration tells why', () => {
      const { state: now } = registration;
      return now.kind === 'registering' && now.lastError instanceof RegistryUnreachableError;
    });
    await delay(1_500);
    await etcd.restart();
    const back = stopwatch();
    await registration.whenRegistered();
    expect(back('row 22: registered once etcd serves')).toBeLessThan(2_000);
    await watch.untilIds(['greeter-1']);
    await registry.close();
    await etcd.destroy();
  });
});

describeOnEtcd('registry while etcd is down', () => {
  let etcd: EtcdServer;
  let raw: RawEtcd;
  let logger: RecordedLogger;
  let registry: Registry;

  beforeEach(async () => {
    etcd = await EtcdServer.start();
    raw = new RawEtcd(etcd.url);
    logger = new RecordedLogger();
    registry = createEtcdRegistry({ hosts: etcd.url, leaseTtlSeconds: 5 }, logger);
  });
  afterEach(async () => {
    etcd.thaw();
    await registry.close();
    await etcd.destroy();
  });

  async function registered() {
    const watch = new RecordedWatch(registry, 'greeter');
    const registration = registry.registrar.register(anInstance());
    await registration.whenRegistered();
    await watch.untilIds(['greeter-1']);
    return { watch, registration };
  }

  it('keeps the key without a write, and the view, over a restart within the TTL', async () => {
    const { watch, registration } = await registered();
    const before = await raw.get(KEY);
    await etcd.restart();
    const elapsed = stopwatch();
    await watch.untilIds(['greeter-1']);
    // The keepalive goes on, too: the lease outlives its TTL.
    await until('a restarted stream tells of a change', async () => {
      await raw.put('/discovery/instances/greeter/broken', 'x');
      return logger.lines.some((line) => line.includes('broken'));
    });
    expect(elapsed('row 1: view live and watch back after a restart')).toBeLessThan(1_500);
    await delay(6_000);
    expect(await raw.get(KEY)).toEqual(before);
    expect(registration.state.kind).toBe('registered');
    expect(watch.ids).toEqual(['greeter-1']);
  });

  it('registers again and drops ghosts after the store was wiped', async () => {
    await raw.put('/discovery/instances/greeter/a', JSON.stringify(anInstance({ id: 'a' })));
    const watch = new RecordedWatch(registry, 'greeter');
    registry.registrar.register(anInstance());
    await watch.untilIds(['a', 'greeter-1']);
    await etcd.restart({ wipe: true });
    const elapsed = stopwatch();
    await until('the key is back', () => raw.get(KEY));
    expect(elapsed('row 3: key back after a wipe')).toBeLessThan(1_000);
    await watch.untilIds(['greeter-1']);
    expect(elapsed('row 3: view right after a wipe')).toBeLessThan(2_000);
    await raw.put('/discovery/instances/greeter/b', JSON.stringify(anInstance({ id: 'b' })));
    await watch.untilIds(['b', 'greeter-1']);
  });

  it('marks the view stale, keeps it and the key over an outage longer than the TTL', async () => {
    const { watch, registration } = await registered();
    const before = await raw.get(KEY);
    await etcd.stop();
    const away = stopwatch();
    const stale = await watch.untilKind('stale');
    expect(away('row 2: stale after etcd is gone')).toBeLessThan(5_000);
    expect(stale).toMatchObject({
      snapshot: { instances: [{ id: 'greeter-1' }] },
      error: expect.any(RegistryUnreachableError),
    });
    await until('the lease is lost', () => registration.state.kind === 'registering');
    await delay(2_000);
    expect(watch.state).toBe(stale);
    await etcd.restart();
    const back = stopwatch();
    await until('it is registered again', () => registration.state.kind === 'registered');
    expect(back('row 2: registered again')).toBeLessThan(2_000);
    await watch.untilIds(['greeter-1']);
    expect(back('row 2: view live again')).toBeLessThan(2_000);
    expect((await raw.get(KEY))?.createRevision).toBe(before?.createRevision);
    const told = logger.lines.filter((line) => line.includes('should answer'));
    expect(told).toHaveLength(1);
  });

  it('bounds every call on a hung etcd and registers again when it resumes', async () => {
    const { watch, registration } = await registered();
    etcd.freeze();
    const hung = stopwatch();
    await watch.untilKind('stale');
    expect(hung('row 11: stale after etcd hangs')).toBeLessThan(5_000);
    await until('the lease is lost', () => registration.state.kind === 'registering');
    const called = stopwatch();
    await expect(registry.services()).rejects.toThrow(RegistryUnreachableError);
    expect(called('row 11: a call on a hung etcd')).toBeLessThan(6_500);
    etcd.thaw();
    const back = stopwatch();
    await until('it is registered again', () => registration.state.kind === 'registered');
    expect(back('row 11: registered again')).toBeLessThan(1_500);
    await watch.untilIds(['greeter-1']);
    expect(back('row 11: view live again')).toBeLessThan(1_500);
    expect(await raw.get(KEY)).toBeDefined();
  });
});

import { EtcdServer, TcpProxy, until } from '@grpc-discovery/test-support';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { Registry } from '../../registry.js';
import { anInstance } from '../../spec/instances.js';
import { RawEtcd } from '../../spec/raw-etcd.js';
import { RecordedLogger } from '../../spec/recorded-logger.js';
import { RecordedConfigWatch, RecordedServicesWatch, RecordedWatch } from '../../spec/watches.js';
import { createEtcdRegistry } from '../etcd-registry.js';

/** Whoever watches a compacted revision again and again asks at least once within this. */
const QUIET_MS = 4_000;
const KEY = '/discovery/instances/greeter/greeter-1';
const INSTANCE = anInstance();

/** Each user of the watch multiplexer: how it begins, and what shows that it is watching. */
const users: Record<string, (registry: Registry, raw: RawEtcd) => Promise<() => Promise<unknown>>> =
  {
    async 'a registration'(registry, raw) {
      await registry.registrar.register(INSTANCE).whenRegistered();
      return async () => {
        await raw.delete(KEY);
        await until('it is registered again', async () => (await raw.get(KEY)) !== undefined);
      };
    },
    async 'the instances of a service'(registry, raw) {
      await raw.put(KEY, JSON.stringify(INSTANCE));
      const watch = new RecordedWatch(registry, 'greeter');
      await watch.untilIds(['greeter-1']);
      return async () => {
        await raw.delete(KEY);
        await watch.untilIds([]);
      };
    },
    async 'the instances of all services'(registry, raw) {
      await raw.put(KEY, JSON.stringify(INSTANCE));
      const all = new RecordedServicesWatch(registry);
      await all.untilWeights({ greeter: { 'greeter-1': 100 } });
      return async () => {
        await raw.delete(KEY);
        await all.untilWeights({});
      };
    },
    async 'the weights that are set for all services'(registry, raw) {
      await raw.put(KEY, JSON.stringify(INSTANCE));
      const all = new RecordedServicesWatch(registry);
      await all.untilWeights({ greeter: { 'greeter-1': 100 } });
      return async () => {
        await registry.overrides.set('greeter', 'greeter-1', { weight: 7 });
        await all.untilWeights({ greeter: { 'greeter-1': 7 } });
      };
    },
    async 'the weights that are set for a service'(registry, raw) {
      await raw.put(KEY, JSON.stringify(INSTANCE));
      const watch = new RecordedWatch(registry, 'greeter');
      await watch.untilWeights({ 'greeter-1': 100 });
      return async () => {
        await registry.overrides.set('greeter', 'greeter-1', { weight: 7 });
        await watch.untilWeights({ 'greeter-1': 7 });
      };
    },
    async 'the published config of a service'(registry) {
      const watch = new RecordedConfigWatch(registry, 'greeter');
      await watch.untilNone();
      return async () => {
        await registry.configs.publish('greeter', { loadBalancingConfig: [] });
        await watch.untilConfig({ loadBalancingConfig: [] });
      };
    },
  };

describeOnEtcd('after a compaction and a connection that was cut', () => {
  let etcd: EtcdServer;
  let raw: RawEtcd;
  let proxy: TcpProxy;
  let registry: Registry;
  let logger: RecordedLogger;

  beforeAll(async () => {
    etcd = await EtcdServer.start();
    raw = new RawEtcd(etcd.url);
  });
  afterAll(() => etcd.destroy());
  beforeEach(async () => {
    proxy = await TcpProxy.start(etcd.url);
    logger = new RecordedLogger();
    registry = createEtcdRegistry({ hosts: proxy.url }, logger);
  });
  afterEach(async () => {
    await registry.overrides.remove('greeter', 'greeter-1');
    await registry.configs.remove('greeter');
    await registry.close();
    await raw.delete(KEY);
    await proxy.stop();
  });

  /** Registrations ask by transactions, and lists are read by them; whether the stream lives is asked in another way. */
  const transactions = async () => (await etcd.callsStarted()).get('Txn') ?? 0;

  it.each(Object.entries(users))(
    '%s asks for nothing more once it is watched again',
    async (_, begin) => {
      const isWatched = await begin(registry, raw);
      for (let i = 0; i < 5; i++) await raw.put('/elsewhere', String(i));
      await raw.compact();
      const { streams } = registry.describe().watchStream;
      proxy.cut();
      proxy.heal();
      await until(
        'another stream is open',
        () => registry.describe().watchStream.streams > streams,
      );
      await delay(QUIET_MS);
      const before = await transactions();
      await delay(QUIET_MS);
      expect(await transactions()).toBe(before);
      await isWatched();
    },
  );
});

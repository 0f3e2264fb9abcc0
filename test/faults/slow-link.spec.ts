import { createEtcdRegistry, type Registry } from '@grpc-discovery/registry';
import { EtcdServer, TcpProxy } from '@grpc-discovery/test-support';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { anInstance } from '../../libs/registry/src/spec/instances.js';
import { RawEtcd } from '../../libs/registry/src/spec/raw-etcd.js';
import { RecordedLogger } from '../../libs/registry/src/spec/recorded-logger.js';
import { RecordedWatch } from '../../libs/registry/src/spec/watches.js';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';

const PREFIX = '/discovery/instances/greeter/';
/** More than twice the TTL: a key that is not kept alive meanwhile is gone. */
const LASTS_MS = 12_000;
const INSTANCES = 100;
const SLOW = [
  ['delays everything by 300 ms each way', { delayMs: 300 }],
  ['lets 50 kB a second pass each way', { bytesPerSecond: 50_000 }],
] as const;

describeOnEtcd('registry over a slow link', () => {
  let etcd: EtcdServer;
  let proxy: TcpProxy;
  let logger: RecordedLogger;
  let registry: Registry;

  beforeEach(async () => {
    etcd = await EtcdServer.start();
    proxy = await TcpProxy.start(etcd.url);
    logger = new RecordedLogger();
    registry = createEtcdRegistry({ hosts: proxy.url, leaseTtlSeconds: 5 }, logger);
  });
  afterEach(async () => {
    await registry.close();
    await proxy.stop();
    await etcd.destroy();
  });

  it.each(SLOW)(
    'loses no key, no event and no entry of a list, over one that %s',
    async (_, slowness) => {
      const raw = new RawEtcd(etcd.url);
      const ids = Array.from({ length: INSTANCES }, (_, i) => `f${String(i).padStart(3, '0')}`);
      const entry = (id: string) => [PREFIX + id, JSON.stringify(anInstance({ id }))] as const;
      await raw.putAll(ids.map(entry));
      proxy.slow({ toTarget: slowness, toClient: slowness });
      const watch = new RecordedWatch(registry, 'greeter');
      const registration = registry.registrar.register(anInstance({ id: 'ours' }));
      const states: string[] = [];
      registration.onStateChange(({ kind }) => states.push(kind));
      await registration.whenRegistered();
      const before = await raw.get(`${PREFIX}ours`);
      await watch.untilIds([...ids, 'ours']);
      const told = watch.states.length;
      // Every third is deleted, every other put, while the link is busy.
      const gone = ids.filter((_, i) => i % 3 === 0);
      for (const id of gone) await raw.delete(PREFIX + id);
      await raw.putAll(ids.map((id) => entry(`z${id}`)));
      const left = ids.filter((id) => !gone.includes(id));
      const wanted = [...left, 'ours', ...ids.map((id) => `z${id}`)];
      await watch.untilIds(wanted);
      await delay(LASTS_MS);
      expect((await raw.get(`${PREFIX}ours`))?.createRevision).toBe(before?.createRevision);
      expect(states).toEqual(['registered']);
      expect(watch.ids).toEqual(wanted);
      // It never was in doubt either.
      expect(new Set(watch.states.slice(told).map(({ kind }) => kind))).toEqual(new Set(['live']));
      expect(logger.lines.filter((line) => !line.startsWith('info'))).toEqual([]);
    },
    LASTS_MS + 30_000,
  );
});

import { createEtcdRegistry, type Registry } from '@grpc-discovery/registry';
import { EtcdServer } from '@grpc-discovery/test-support';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { anInstance } from '../../libs/registry/src/spec/instances.js';
import { RawEtcd } from '../../libs/registry/src/spec/raw-etcd.js';
import { RecordedLogger } from '../../libs/registry/src/spec/recorded-logger.js';
import { RecordedWatch } from '../../libs/registry/src/spec/watches.js';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';

const KEY = '/discovery/instances/greeter/greeter-1';
const HOUR_MS = 3_600_000;
/** More than a TTL of 5 s. */
const LASTS_MS = 7_000;
const RealDate = Date;

/** A time of day that is off by so much. */
function dateOff(byMs: number): DateConstructor {
  return class extends RealDate {
    constructor(...given: [] | [number | string]) {
      if (given.length === 0) super(RealDate.now() + byMs);
      else super(given[0]);
    }

    static override now(): number {
      return RealDate.now() + byMs;
    }
  } as DateConstructor;
}

describeOnEtcd('process whose time of day jumps', () => {
  let etcd: EtcdServer;
  let logger: RecordedLogger;
  let registry: Registry;

  beforeEach(async () => {
    etcd = await EtcdServer.start();
    logger = new RecordedLogger();
    registry = createEtcdRegistry({ hosts: etcd.url, leaseTtlSeconds: 5 }, logger);
  });
  afterEach(async () => {
    globalThis.Date = RealDate;
    await registry.close();
    await etcd.destroy();
  });

  it.each([
    ['forward', HOUR_MS],
    ['back', -HOUR_MS],
  ])(
    'keeps its key and its view, and registers, watches and reads on, when it jumps %s by an hour',
    async (_, byMs) => {
      const raw = new RawEtcd(etcd.url);
      const watch = new RecordedWatch(registry, 'greeter');
      await registry.registrar.register(anInstance()).whenRegistered();
      await watch.untilIds(['greeter-1']);
      const before = await raw.get(KEY);
      const told = watch.states.length;
      globalThis.Date = dateOff(byMs);
      await delay(LASTS_MS);
      expect(watch.states).toHaveLength(told);
      expect(watch.watch.stalenessMs()).toBeLessThan(3_000);
      await registry.registrar.register(anInstance({ id: 'late' })).whenRegistered();
      await watch.untilIds(['greeter-1', 'late']);
      await registry.configs.publish('greeter', {});
      globalThis.Date = RealDate;
      await delay(LASTS_MS);
      expect((await raw.get(KEY))?.createRevision).toBe(before?.createRevision);
      expect(watch.ids).toEqual(['greeter-1', 'late']);
      expect(logger.lines.filter((line) => !line.startsWith('info'))).toEqual([]);
    },
    LASTS_MS * 2 + 20_000,
  );
});

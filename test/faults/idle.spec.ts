import { createEtcdRegistry, type Registry } from '@grpc-discovery/registry';
import { EtcdServer } from '@grpc-discovery/test-support';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { anInstance } from '../../libs/registry/src/spec/instances.js';
import { RecordedLogger } from '../../libs/registry/src/spec/recorded-logger.js';
import { RecordedConfigWatch, RecordedWatch } from '../../libs/registry/src/spec/watches.js';

/** A fault of the question whether a stream lives shows within 10 s. */
const IDLE_MS = 60_000;
const QUESTIONS = IDLE_MS / 10_000;

describeOnEtcd('process that registers and watches while nobody writes', () => {
  let etcd: EtcdServer;
  let registry: Registry;
  let logger: RecordedLogger;

  beforeEach(async () => {
    etcd = await EtcdServer.start();
    logger = new RecordedLogger();
    registry = createEtcdRegistry({ hosts: etcd.url }, logger);
  });
  afterEach(async () => {
    await registry.close();
    await etcd.destroy();
  });

  it.each([1, 20])(
    'keeps one stream for %i services, is never stale, logs nothing and asks etcd next to nothing',
    async (services) => {
      const names = Array.from({ length: services }, (_, i) => `greeter-${i}`);
      const registration = registry.registrar.register(anInstance({ service: 'greeter-0' }));
      await registration.whenRegistered();
      const watches = names.map((name) => new RecordedWatch(registry, name));
      const configs = names.map((name) => new RecordedConfigWatch(registry, name));
      await Promise.all(watches.map((each) => each.untilKind('live')));
      await Promise.all(configs.map((each) => each.untilNone()));
      const states = watches.map((each) => each.states.length);
      const lines = logger.lines.length;
      const before = await etcd.callsStarted();
      await delay(IDLE_MS);
      const after = await etcd.callsStarted();
      const started = [...after].map(
        ([method, count]) => [method, count - (before.get(method) ?? 0)] as const,
      );
      const { LeaseKeepAlive = 0, ...others } = Object.fromEntries(started);
      // A stream of keepalives is one call, whatever is asked over it.
      expect(LeaseKeepAlive).toBeLessThanOrEqual(1);
      expect(Object.values(others).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(
        QUESTIONS,
      );
      expect(registry.describe().watchStream.streams).toBe(1);
      expect(watches.map((each) => each.states.length)).toEqual(states);
      expect(logger.lines.slice(lines)).toEqual([]);
      expect(registration.state.kind).toBe('registered');
    },
    IDLE_MS + 30_000,
  );
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { etcdKinds, until, type EtcdFixture } from '@grpc-discovery/test-support';
import {
  RegistryClosedError,
  RegistryRefusedError,
  RegistryUnreachableError,
} from '../../errors/registry-errors.js';
import type { Registry } from '../../registry.js';
import { FakeClock } from '../../spec/fake-clock.js';
import { FakeConnection, silent } from '../../spec/fake-etcd.js';
import { RawEtcd } from '../../spec/raw-etcd.js';
import { RecordedLogger } from '../../spec/recorded-logger.js';
import { RecordedConfigWatch, RecordedWatch } from '../../spec/watches.js';
import { EtcdFailure } from '../client/etcd-failure.js';
import { assembleEtcdRegistry, createEtcdRegistry } from '../etcd-registry.js';
import { normalizeEtcdOptions } from '../normalize-etcd-options.js';

const KEY = '/discovery/config/greeter';

describe('EtcdServiceConfigs', () => {
  let clock: FakeClock;
  let opened: FakeConnection[];
  let failure: EtcdFailure | undefined;
  let registry: Registry;

  beforeEach(() => {
    clock = new FakeClock();
    opened = [];
    failure = undefined;
    const connect = (host: string) => {
      const connection = new FakeConnection(host);
      connection.failure = failure;
      opened.push(connection);
      return connection;
    };
    registry = assembleEtcdRegistry(normalizeEtcdOptions({ hosts: 'etcd' }), {
      clock,
      logger: new RecordedLogger(),
      random: () => 0.5,
      createEpoch: () => 'e1',
      connect,
    });
  });
  afterEach(() => registry.close());

  const streams = () => opened.flatMap(({ watches }) => watches);

  it('opens nothing for watches while it only publishes, and nothing at all while unused', async () => {
    await clock.advance(1_000);
    expect(opened).toHaveLength(0);
    await registry.configs.publish('greeter', {});
    expect(opened.map(({ calls }) => calls)).toEqual([['txn']]);
    expect(streams()).toHaveLength(0);
    await clock.advance(30_000);
    expect(opened.map(({ closed }) => closed)).toEqual([true]);
    expect(clock.pending).toBe(0);
  });

  it('watches any number of configs and instances over one stream', async () => {
    const watches = [1, 2].map(() => registry.configs.watch('greeter', () => undefined));
    registry.watcher.watch('greeter', () => undefined);
    await clock.advance(0);
    const [wire] = streams();
    wire?.answer({ created: true, watchId: '1' });
    wire?.answer({ created: true, watchId: '2' });
    await clock.advance(0);
    expect(streams()).toHaveLength(1);
    expect(wire?.creates.map(({ range }) => range.key).sort()).toEqual([
      KEY,
      '/discovery/instances/greeter/',
      '/discovery/overrides/greeter/',
    ]);
    for (const watch of watches) watch.close();
    await clock.advance(0);
    expect(wire?.cancelled).toHaveLength(1);
  });

  it('rejects within 6 s when etcd does not answer, naming the key', async () => {
    failure = silent();
    let error: unknown;
    void registry.configs.publish('greeter', {}).catch((reason: unknown) => (error = reason));
    await clock.advance(6_000);
    expect(error).toBeInstanceOf(RegistryUnreachableError);
    expect(String(error)).toContain(KEY);
    expect(String(error)).toContain('Try it again later');
  });

  it('rejects at once when etcd refuses', async () => {
    failure = new EtcdFailure('refused', 'etcdserver: permission denied');
    await expect(registry.configs.remove('greeter')).rejects.toThrow(RegistryRefusedError);
  });

  it('rejects what is under way when the registry is closed', async () => {
    failure = silent();
    const published = registry.configs.publish('greeter', {});
    const closing = registry.close();
    await Promise.all([expect(published).rejects.toThrow(RegistryClosedError), closing]);
  });
});

const [kind] = etcdKinds('/discovery/');

describe(`service configs on ${kind.name}`, () => {
  let etcd: EtcdFixture;
  let raw: RawEtcd;
  let logger: RecordedLogger;
  let registry: Registry;
  let watch: RecordedConfigWatch;

  beforeEach(async () => {
    etcd = await kind.start();
    raw = new RawEtcd(etcd.url);
    logger = new RecordedLogger();
    registry = createEtcdRegistry({ hosts: etcd.url, leaseTtlSeconds: 5 }, logger);
    watch = new RecordedConfigWatch(registry, 'greeter');
    await watch.untilNone();
    await registry.configs.publish('greeter', { a: 1 });
    await watch.untilConfig({ a: 1 });
  });
  afterEach(async () => {
    await registry.close();
    await etcd.destroy();
  });

  it('puts a key without a lease, and leaves it untouched when it is published again', async () => {
    const before = await raw.get(KEY);
    expect(before).toMatchObject({ value: '{"a":1}', lease: '0' });
    await registry.configs.publish('greeter', { a: 1 });
    expect(await raw.get(KEY)).toEqual(before);
  });

  it('logs a broken value once and keeps the last good config', async () => {
    const { state } = watch;
    await raw.put(KEY, '{"a":');
    const broken = () => logger.lines.filter((line) => line.includes(KEY));
    await until('the broken value is logged', () => broken().length === 1);
    expect(watch.state).toBe(state);
    await raw.put(KEY, '{"a":2}');
    await watch.untilConfig({ a: 2 });
    expect(watch.states).toHaveLength(3);
    expect(broken()).toHaveLength(1);
  });

  it('keeps the last config while etcd is down, and then catches up', async () => {
    const instances = new RecordedWatch(registry, 'greeter');
    await instances.untilIds([]);
    const { state } = watch;
    await etcd.stop();
    await instances.untilKind('stale');
    expect(watch.state).toBe(state);
    await etcd.restart();
    await raw.put(KEY, '{"a":3}');
    await watch.untilConfig({ a: 3 });
    expect(watch.states).toHaveLength(3);
  });
});

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { EtcdServer, until } from '@grpc-discovery/test-support';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';
import type { Registry } from '../../registry.js';
import { anInstance } from '../../spec/instances.js';
import { RawEtcd } from '../../spec/raw-etcd.js';
import { RecordedLogger } from '../../spec/recorded-logger.js';
import { RecordedWatch } from '../../spec/watches.js';
import { createEtcdRegistry } from '../etcd-registry.js';

const PREFIX = '/discovery/overrides/greeter/';

describeOnEtcd('weights set from outside, in etcd', () => {
  let etcd: EtcdServer;
  let raw: RawEtcd;
  let logger: RecordedLogger;
  let registry: Registry;
  let watch: RecordedWatch;

  beforeEach(async () => {
    etcd = await EtcdServer.start();
    raw = new RawEtcd(etcd.url);
    logger = new RecordedLogger();
    registry = createEtcdRegistry({ hosts: etcd.url, leaseTtlSeconds: 5 }, logger);
    await registry.registrar.register(anInstance({ id: 'a' })).whenRegistered();
    watch = new RecordedWatch(registry, 'greeter');
    await watch.untilWeights({ a: 100 });
  });
  afterEach(async () => {
    await registry.close();
    await etcd.destroy();
  });

  const overrides = () => registry.describe().services[0]?.overrides;
  const warnings = () => logger.lines.filter((line) => line.startsWith('warn'));

  it('reads what others put under the key, and ignores fields that it does not know', async () => {
    await raw.put(`${PREFIX}a`, '{"weight":0,"by":"somebody"}');
    await watch.untilWeights({ a: 0 });
    await raw.delete(`${PREFIX}a`);
    const { registeredWeights } = await watch.untilWeights({ a: 100 });
    expect(registeredWeights).toBeUndefined();
  });

  it.each([
    ['no JSON', 'weight=0'],
    ['an array', '[0]'],
    ['no weight', '{}'],
    ['a weight out of range', '{"weight":-1}'],
    ['a weight that is no number', '{"weight":"0"}'],
    ['far too much', JSON.stringify({ weight: 0, pad: 'x'.repeat(5_000) })],
  ])('leaves the instance its own weight and warns once when the value is %s', async (_, value) => {
    await raw.put(`${PREFIX}a`, '{"weight":5}');
    await watch.untilWeights({ a: 5 });
    await raw.put(`${PREFIX}a`, value);
    await watch.untilWeights({ a: 100 });
    expect(overrides()).toMatchObject({ state: 'live', set: 0, brokenEntries: 1, events: 2 });
    expect(warnings()).toEqual([expect.stringContaining(`${PREFIX}a should hold the override`)]);
    await raw.put(`${PREFIX}a`, '{"weight":6}');
    await watch.untilWeights({ a: 6 });
    expect(overrides()).toMatchObject({ set: 1, brokenEntries: 0 });
  });

  it('ignores a key that can not be one of an instance', async () => {
    await raw.put(`${PREFIX}a/b`, '{"weight":0}');
    await until('it is reported', () => overrides()?.brokenEntries === 1);
    expect(await registry.overrides.list('greeter')).toEqual([]);
    expect(watch.states).toHaveLength(1);
  });

  it('takes no more overrides than instances, and those already set go on', async () => {
    const limits = { instancesPerService: 1 };
    const bounded = createEtcdRegistry({ hosts: etcd.url, limits }, logger);
    await registry.overrides.set('greeter', 'a', { weight: 9 });
    const seen = new RecordedWatch(bounded, 'greeter');
    await seen.untilWeights({ a: 9 });
    await registry.overrides.set('greeter', 'b', { weight: 1 });
    const described = () => bounded.describe().services[0]?.overrides;
    await until('the second is ignored', () => described()?.brokenEntries === 1);
    expect(described()?.set).toBe(1);
    await registry.overrides.set('greeter', 'a', { weight: 8 });
    await seen.untilWeights({ a: 8 });
    await bounded.close();
  });

  it('keeps the last overrides while etcd is down', async () => {
    await registry.overrides.set('greeter', 'a', { weight: 0 });
    await watch.untilWeights({ a: 0 });
    await etcd.stop();
    const stale = await watch.untilKind('stale');
    expect('snapshot' in stale && stale.snapshot.instances[0]?.weight).toBe(0);
    await etcd.restart();
    await watch.untilWeights({ a: 0 });
    await registry.overrides.remove('greeter', 'a');
    await watch.untilWeights({ a: 100 });
  });
});

import { until } from '@grpc-discovery/test-support';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EmbeddedEtcd } from '@grpc-discovery/embedded-etcd';
import { setTimeout as delay } from 'node:timers/promises';
import type { Registry } from '../../registry.js';
import { anInstance } from '../../spec/instances.js';
import { RawEtcd } from '../../spec/raw-etcd.js';
import { RecordedLogger } from '../../spec/recorded-logger.js';
import { RecordedWatch } from '../../spec/watches.js';
import { createEtcdRegistry } from '../etcd-registry.js';

/** In this time two processes that take a key from each other would have done so several times. */
const FLAPS_MS = 1_500;
const KEY = '/discovery/instances/greeter/greeter-1';
const OLDER = anInstance({ address: '10.0.0.1:5000', startedAt: '2026-01-01T00:00:00.000Z' });
const YOUNGER = anInstance({ address: '10.0.0.2:5000', startedAt: '2026-01-01T00:00:01.000Z' });

describe('Two processes that use one id', () => {
  let etcd: EmbeddedEtcd;
  let raw: RawEtcd;
  let registries: Registry[];
  let logger: RecordedLogger;

  beforeAll(async () => {
    etcd = await EmbeddedEtcd.start();
    raw = new RawEtcd(etcd.hosts[0] ?? '');
  });
  afterAll(() => etcd.stop());
  beforeEach(() => {
    etcd.wipe();
    registries = [];
    logger = new RecordedLogger();
  });
  afterEach(() => Promise.all(registries.map((each) => each.close())));

  function process(): Registry {
    const registry = createEtcdRegistry({ hosts: etcd.hosts }, logger);
    registries.push(registry);
    return registry;
  }
  const errors = () => logger.lines.filter((line) => line.startsWith('error'));

  it.each([
    ['the older one first', [OLDER, YOUNGER]],
    ['the younger one first', [YOUNGER, OLDER]],
    ['both at the same moment of time', [OLDER, { ...YOUNGER, startedAt: OLDER.startedAt }]],
  ])('both serve, one under an id of its own, and stay calm: %s', async (_, instances) => {
    const [first, second] = instances.map((each) => ({ each, registry: process() }));
    const one = first!.registry.registrar.register(first!.each);
    await one.whenRegistered();
    const two = second!.registry.registrar.register(second!.each);
    await two.whenRegistered();
    await until('the conflict is settled', () => one.instance.id !== two.instance.id);
    await until('both are registered', () =>
      [one, two].every(({ state }) => state.kind === 'registered'),
    );
    const watch = new RecordedWatch(process(), 'greeter');
    await until('both are listed', () => watch.ids?.length === 2);
    expect(watch.ids).toEqual(['greeter-1', expect.stringMatching(/^greeter-1~[0-9a-f]{8}$/)]);
    expect(errors()).toEqual([
      expect.stringMatching(/10\.0\.0\.[12]:5000.*10\.0\.0\.[12]:5000.*service\.id/),
    ]);
    const revision = await raw.revision();
    await delay(FLAPS_MS);
    expect(await raw.revision()).toBe(revision);
    const described = registries.flatMap((each) => each.describe().registrar.registrations);
    expect(described.filter(({ conflict }) => conflict !== undefined)).toHaveLength(1);
    expect(registries.reduce((sum, each) => sum + each.describe().registrar.conflicts, 0)).toBe(1);
  });

  it('lets a process that has started again take the place of the one before at once, without a word', async () => {
    const before = process();
    await before.registrar.register(OLDER).whenRegistered();
    const kept = await raw.get(KEY);
    // What a killed process leaves: an entry on a lease that nobody keeps alive.
    await before.close();
    await raw.putLeased(KEY, kept!.value, 60);
    const again = process().registrar.register(YOUNGER);
    await again.whenRegistered();
    expect(again.instance.id).toBe('greeter-1');
    expect(errors()).toEqual([]);
  });

  it.each([
    ['is no instance', 'junk'],
    ['was put by hand, without a lease', JSON.stringify(YOUNGER)],
  ])('puts over an entry that %s', async (_, value) => {
    await raw.put(KEY, value);
    const registration = process().registrar.register(OLDER);
    await registration.whenRegistered();
    expect(registration.instance.id).toBe('greeter-1');
    expect(errors()).toEqual([]);
  });

  it('never deletes the entry of a registration that follows at once', async () => {
    const { registrar } = process();
    // With another one on it the lease is not revoked.
    await registrar.register(anInstance({ id: 'other' })).whenRegistered();
    for (let round = 0; round < 20; round++) {
      const first = registrar.register(OLDER);
      await new Promise((resolve) => setImmediate(resolve));
      const left = first.deregister();
      const second = registrar.register({ ...OLDER, version: String(round) });
      await Promise.all([second.whenRegistered(), left]);
      // What was to be deleted is, before this one is put.
      await registrar.register(anInstance({ id: `later-${round}` })).whenRegistered();
      expect((await raw.get(KEY))?.value).toContain(`"version":"${round}"`);
      await second.deregister();
    }
  });
});

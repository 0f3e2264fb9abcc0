import { createEtcdRegistry, type Registry } from '@grpc-discovery/registry';
import { EtcdCluster, EtcdServer, until } from '@grpc-discovery/test-support';
import { expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { anInstance } from '../../libs/registry/src/spec/instances.js';
import { RawEtcd } from '../../libs/registry/src/spec/raw-etcd.js';
import { stopwatch } from '../../libs/registry/src/spec/stopwatch.js';
import { RecordedWatch } from '../../libs/registry/src/spec/watches.js';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';

const KEY = '/discovery/instances/greeter/greeter-1';
/** Six times the TTL. */
const OUTAGE_MS = 30_000;
const STALE_MS = 5_000;

async function registered(registry: Registry) {
  const watch = new RecordedWatch(registry, 'greeter');
  const registration = registry.registrar.register(anInstance());
  await registration.whenRegistered();
  await watch.untilIds(['greeter-1']);
  return { watch, registration };
}

describeOnEtcd('outage of six times the TTL', () => {
  it(
    'loses no key when etcd was down, and is over within 2 s once it serves',
    async () => {
      const etcd = await EtcdServer.start();
      const raw = new RawEtcd(etcd.url);
      const registry = createEtcdRegistry({ hosts: etcd.url, leaseTtlSeconds: 5 });
      const { watch, registration } = await registered(registry);
      const before = await raw.get(KEY);
      await etcd.stop();
      await watch.untilKind('stale', STALE_MS);
      const { state } = watch;
      await delay(OUTAGE_MS);
      expect(watch.state).toBe(state);
      await etcd.restart();
      const elapsed = stopwatch();
      expect((await raw.get(KEY))?.createRevision).toBe(before?.createRevision);
      await until('it is registered', () => registration.state.kind === 'registered');
      await watch.untilKind('live');
      expect(elapsed('row 2: registered and live after 30 s')).toBeLessThan(2_000);
      await delay(6_000);
      expect((await raw.get(KEY))?.createRevision).toBe(before?.createRevision);
      await registry.close();
      await etcd.destroy();
    },
    OUTAGE_MS + 30_000,
  );

  it.each(['cut', 'stall'] as const)(
    'keeps the view when no member can be reached (%s), and is over within 3 s after it heals',
    async (fault) => {
      const cluster = await EtcdCluster.start();
      const raw = new RawEtcd(cluster.members[0]?.directUrl ?? '');
      const registry = createEtcdRegistry({ hosts: cluster.hosts, leaseTtlSeconds: 5 });
      const { watch, registration } = await registered(registry);
      for (const { proxy } of cluster.members) proxy[fault]();
      const stale = await watch.untilKind('stale', STALE_MS);
      expect(stale).toMatchObject({ snapshot: { instances: [{ id: 'greeter-1' }] } });
      await until('the lease has run out', async () => (await raw.get(KEY)) === undefined);
      await delay(OUTAGE_MS / 3);
      expect(watch.state).toBe(stale);
      const healed = cluster.heal();
      const elapsed = stopwatch();
      await until('the key is back', () => raw.get(KEY));
      expect(elapsed(`row 10: key back after ${fault}`)).toBeLessThan(3_000);
      await watch.untilIds(['greeter-1']);
      // The watch may tell of the key before the answer to the put does.
      await until('it is registered', () => registration.state.kind === 'registered');
      expect(elapsed(`row 10: watch and registration back after ${fault}`)).toBeLessThan(3_000);
      await healed;
      await registry.close();
      await cluster.destroy();
    },
    OUTAGE_MS + 30_000,
  );
});

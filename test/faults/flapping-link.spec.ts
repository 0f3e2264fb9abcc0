import { createEtcdRegistry, type Registry } from '@grpc-discovery/registry';
import { EtcdServer, TcpProxy } from '@grpc-discovery/test-support';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { anInstance } from '../../libs/registry/src/spec/instances.js';
import { RawEtcd } from '../../libs/registry/src/spec/raw-etcd.js';
import { stopwatch } from '../../libs/registry/src/spec/stopwatch.js';
import { RecordedWatch } from '../../libs/registry/src/spec/watches.js';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';

const FLAPPING_MS = 25_000;
const SHORTEST_MS = 30;
const LONGEST_MS = 400;
const CALM_MS = 1_000;
const PREFIX = '/discovery/instances/greeter/';

/** The same faults at each run: a linear congruential generator with the constants of Numerical Recipes. */
function chances(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
}

describeOnEtcd('link that flaps every 30 to 400 ms for 25 s', () => {
  let etcd: EtcdServer;
  let proxy: TcpProxy;
  let registry: Registry;

  beforeEach(async () => {
    etcd = await EtcdServer.start();
    proxy = await TcpProxy.start(etcd.url);
    registry = createEtcdRegistry({ hosts: proxy.url });
  });
  afterEach(async () => {
    await registry.close();
    await proxy.stop();
    await etcd.destroy();
  });

  it(
    'loses no key and no event, and the view is right within 1 s after calm',
    async () => {
      const raw = new RawEtcd(etcd.url);
      const watch = new RecordedWatch(registry, 'greeter');
      await registry.registrar.register(anInstance({ id: 'ours' })).whenRegistered();
      await watch.untilIds(['ours']);
      const before = await raw.get(`${PREFIX}ours`);
      const chance = chances(1);
      const elapsed = stopwatch();
      const there = new Set<string>();
      for (let i = 0; elapsed('flapping') < FLAPPING_MS; i++) {
        proxy.cut();
        await delay(SHORTEST_MS + (LONGEST_MS - SHORTEST_MS) * chance());
        proxy.heal();
        await delay(SHORTEST_MS + (LONGEST_MS - SHORTEST_MS) * chance());
        // Every third is deleted later, so that ghosts would show.
        const id = `f${String(i).padStart(3, '0')}`;
        await raw.put(PREFIX + id, JSON.stringify(anInstance({ id })));
        there.add(id);
        const old = `f${String(i - 2).padStart(3, '0')}`;
        if (i % 3 === 2 && there.delete(old)) await raw.delete(PREFIX + old);
      }
      const calm = stopwatch();
      await watch.untilIds([...there, 'ours']);
      expect(calm('row 12: view right after calm')).toBeLessThan(CALM_MS);
      expect((await raw.get(`${PREFIX}ours`))?.createRevision).toBe(before?.createRevision);
    },
    FLAPPING_MS + 30_000,
  );
});

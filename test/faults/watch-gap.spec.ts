import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createEtcdRegistry, type Registry } from '@grpc-discovery/registry';
import { EtcdServer, TcpProxy, until } from '@grpc-discovery/test-support';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';
import { anInstance } from '../../libs/registry/src/spec/instances.js';
import { RawEtcd } from '../../libs/registry/src/spec/raw-etcd.js';
import { stopwatch } from '../../libs/registry/src/spec/stopwatch.js';
import { RecordedWatch } from '../../libs/registry/src/spec/watches.js';

const key = (id: string) => `/discovery/instances/greeter/${id}`;
const value = (id: string) => JSON.stringify(anInstance({ id }));

describeOnEtcd('watch whose connection fails', () => {
  let etcd: EtcdServer;
  let raw: RawEtcd;
  let proxy: TcpProxy;
  let registry: Registry;
  let watch: RecordedWatch;

  beforeEach(async () => {
    etcd = await EtcdServer.start();
    raw = new RawEtcd(etcd.url);
    proxy = await TcpProxy.start(etcd.url);
    registry = createEtcdRegistry({ hosts: proxy.url, leaseTtlSeconds: 5 });
    await raw.putAll(['a', 'b'].map((id) => [key(id), value(id)] as const));
    watch = new RecordedWatch(registry, 'greeter');
    await watch.untilIds(['a', 'b']);
  });
  afterEach(async () => {
    await registry.close();
    await proxy.stop();
    await etcd.destroy();
  });

  it('takes up a cut stream without anybody being told', async () => {
    const told = watch.states.length;
    proxy.cut();
    proxy.heal();
    const elapsed = stopwatch();
    await raw.put(key('c'), value('c'));
    await watch.untilIds(['a', 'b', 'c']);
    expect(elapsed('row 5 on one etcd: watch gap after a cut')).toBeLessThan(1_000);
    expect(watch.states.slice(told).map(({ kind }) => kind)).not.toContain('stale');
  });

  it('misses no put and no delete that happened while it was cut off', async () => {
    proxy.cut();
    await raw.delete(key('a'));
    await raw.put(key('c'), value('c'));
    await watch.untilKind('stale');
    await raw.put(key('d'), value('d'));
    proxy.heal();
    const elapsed = stopwatch();
    await watch.untilIds(['b', 'c', 'd']);
    expect(elapsed('row 13: view right after a cut')).toBeLessThan(2_000);
  });

  it('lists again when the history it needs was compacted meanwhile', async () => {
    proxy.cut();
    await raw.delete(key('a'));
    await raw.put(key('c'), value('c'));
    await raw.compact();
    proxy.heal();
    const elapsed = stopwatch();
    await watch.untilIds(['b', 'c']);
    expect(elapsed('row 14: view right after a compaction')).toBeLessThan(1_000);
    await raw.put(key('d'), value('d'));
    await watch.untilIds(['b', 'c', 'd']);
  });

  it('has neither ghosts nor gaps when the store is replaced by one that is ahead', async () => {
    const other = await EtcdServer.start();
    const otherRaw = new RawEtcd(other.url);
    const noise = Array.from({ length: 50 }, (_, i) => [`/noise/${i}`, 'x'] as const);
    for (const entry of noise) await otherRaw.put(...entry);
    await otherRaw.put(key('z'), value('z'));
    for (const entry of noise) await otherRaw.put(...entry);
    proxy.cut();
    proxy.heal(other.url);
    const elapsed = stopwatch();
    await watch.untilIds(['z']);
    expect(elapsed('row 4: view right after a replaced store')).toBeLessThan(3_000);
    await otherRaw.put(key('y'), value('y'));
    await watch.untilIds(['y', 'z']);
    await other.destroy();
  });

  it('loses nothing over a link that flaps', async () => {
    const ids = ['a', 'b'];
    for (let i = 0; i < 40; i++) {
      const id = `f${String(i).padStart(2, '0')}`;
      await raw.put(key(id), value(id));
      ids.push(id);
      proxy.cut();
      if (i % 3 > 0) proxy.heal();
    }
    proxy.heal();
    const elapsed = stopwatch();
    await watch.untilIds(ids);
    expect(elapsed('row 12, shortened: view right after flapping')).toBeLessThan(3_000);
  });

  it('leaves a connection that stays open and silent', async () => {
    const registration = registry.registrar.register(anInstance({ id: 'ours' }));
    await registration.whenRegistered();
    await watch.untilIds(['a', 'b', 'ours']);
    proxy.stallOpen();
    const elapsed = stopwatch();
    await raw.put(key('c'), value('c'));
    await watch.untilIds(['a', 'b', 'c', 'ours']);
    expect(elapsed('row 8 on one etcd: watch back past a silent connection')).toBeLessThan(7_000);
    expect(registration.state.kind).toBe('registered');
  });

  it('cancels the watch in etcd when nobody listens any more', async () => {
    const watchers = async () => {
      const text = await (await fetch(`${etcd.url}/metrics`)).text();
      return Number(/^etcd_debugging_mvcc_watcher_total (\d+)$/m.exec(text)?.[1]);
    };
    const orders = new RecordedWatch(registry, 'orders');
    await orders.untilIds([]);
    // Of instances and of weights, for two services. Lists are delivered before their watches are created.
    await until('two services are watched', async () => (await watchers()) === 4);
    orders.watch.close();
    await until('one service is left', async () => (await watchers()) === 2);
    watch.watch.close();
    await until('no watch is left', async () => (await watchers()) === 0);
    expect(registry.describe().services).toEqual([]);
  });
});

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createEtcdRegistry } from '@grpc-discovery/registry';
import { EtcdServer, TcpProxy, until } from '@grpc-discovery/test-support';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';
import { setTimeout as delay } from 'node:timers/promises';
import { anInstance } from '../../libs/registry/src/spec/instances.js';
import { RawEtcd } from '../../libs/registry/src/spec/raw-etcd.js';
import { stopwatch } from '../../libs/registry/src/spec/stopwatch.js';
import { RecordedWatch } from '../../libs/registry/src/spec/watches.js';
import { systemClock } from '../../libs/registry/src/timing/clock.js';
import { EtcdSession } from '../../libs/registry/src/etcd/session/etcd-session.js';
import { Etcd3Client } from '../../libs/registry/src/etcd/client/etcd3-client.js';
import { Etcd3Connection } from '../../libs/registry/src/etcd/client/etcd3-connection.js';
import { normalizeEtcdOptions } from '../../libs/registry/src/etcd/normalize-etcd-options.js';
import { prefixRange } from '../../libs/registry/src/etcd/watch/range-list.js';
import { WatchMultiplexer } from '../../libs/registry/src/etcd/watch/watch-multiplexer.js';

const PREFIX = '/discovery/instances/greeter/';
/** 500 values of 12 KiB: 6 MB, over gRPC's default limit of 4 MiB. */
const IDS = Array.from({ length: 500 }, (_, i) => `i${String(i).padStart(3, '0')}`);
const BOUND_MS = 2_000;

const entry = (id: string) =>
  [PREFIX + id, JSON.stringify(anInstance({ id, metadata: { pad: 'x'.repeat(12_000) } }))] as const;

describeOnEtcd('backlog of more than 4 MiB', () => {
  let etcd: EtcdServer;
  let raw: RawEtcd;

  beforeEach(async () => {
    etcd = await EtcdServer.start();
    raw = new RawEtcd(etcd.url);
  });
  afterEach(() => etcd.destroy());

  it('is in the view within 2 s after a watch that was cut off is back', async () => {
    const proxy = await TcpProxy.start(etcd.url);
    const registry = createEtcdRegistry({ hosts: proxy.url, leaseTtlSeconds: 5 });
    const watch = new RecordedWatch(registry, 'greeter');
    await watch.untilIds([]);
    proxy.cut();
    await raw.putAll(IDS.map(entry));
    proxy.heal();
    const elapsed = stopwatch();
    await watch.untilIds(IDS);
    expect(elapsed('row 13: backlog over 4 MiB, by list')).toBeLessThan(BOUND_MS);
    await registry.close();
    await proxy.stop();
  });

  it('is in the view within 2 s though the connection is cut again and again while it comes', async () => {
    const proxy = await TcpProxy.start(etcd.url);
    const registry = createEtcdRegistry({ hosts: proxy.url, leaseTtlSeconds: 5 });
    const watch = new RecordedWatch(registry, 'greeter');
    await watch.untilIds([]);
    let writing = true;
    const written = raw.putAll(IDS.map(entry)).finally(() => (writing = false));
    while (writing) {
      proxy.cut();
      proxy.heal();
      await delay(30);
    }
    await written;
    const elapsed = stopwatch();
    await watch.untilIds(IDS);
    expect(elapsed('row 13: backlog over 4 MiB, cut while it comes')).toBeLessThan(BOUND_MS);
    await registry.close();
    await proxy.stop();
  });

  it('comes through the watch stream within 2 s, without a loss', async () => {
    const after = BigInt(await raw.revision());
    await raw.putAll(IDS.map(entry));
    const options = normalizeEtcdOptions({ hosts: etcd.url });
    const session = new EtcdSession({
      hosts: options.hosts,
      probeKey: '/discovery/epoch',
      connect: (host) =>
        new Etcd3Connection(new Etcd3Client(host, options.auth, undefined), systemClock),
      clock: systemClock,
      random: Math.random,
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    });
    const multiplexer = new WatchMultiplexer(session, '/discovery/epoch', systemClock);
    const keys: string[] = [];
    const ended: Error[] = [];
    const elapsed = stopwatch();
    multiplexer.watch(prefixRange(PREFIX), after, {
      created: () => undefined,
      events: (events) => keys.push(...events.map(({ key }) => key)),
      ended: (failure) => ended.push(failure),
    });
    await until('all have come', () => keys.length >= IDS.length || ended.length > 0);
    expect(elapsed('row 13: backlog over 4 MiB, by stream')).toBeLessThan(BOUND_MS);
    expect(ended).toEqual([]);
    expect(keys).toEqual(IDS.map((id) => PREFIX + id));
    multiplexer.close();
    session.close();
  });
});

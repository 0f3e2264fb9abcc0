import { createEtcdRegistry, type Registry } from '@grpc-discovery/registry';
import { EtcdServer, TcpProxy } from '@grpc-discovery/test-support';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { anInstance } from '../../libs/registry/src/spec/instances.js';
import { RecordedWatch } from '../../libs/registry/src/spec/watches.js';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';

/** As long as the lease lives on: the time in which it is tried hardest. */
const OUTAGE_MS = 10_000;
const MAX_TRIES_PER_SECOND = 5;

describeOnEtcd('process whose etcd goes away while it holds a lease', () => {
  let etcd: EtcdServer;
  let proxy: TcpProxy;
  let door: Server;
  let triedAt: number[];
  let registry: Registry;

  beforeEach(async () => {
    etcd = await EtcdServer.start();
    proxy = await TcpProxy.start(etcd.url);
    triedAt = [];
    // In front of the proxy, to see who comes while that lets nobody in.
    door = createServer((socket) => {
      triedAt.push(performance.now());
      const inside = connect(Number(new URL(proxy.url).port), '127.0.0.1');
      for (const [from, to] of [
        [socket, inside],
        [inside, socket],
      ] as const) {
        from.on('error', () => undefined);
        from.on('close', () => to.destroy());
        from.pipe(to);
      }
    });
    await once(door.listen(0, '127.0.0.1'), 'listening');
    const { port } = door.address() as AddressInfo;
    registry = createEtcdRegistry({ hosts: `http://127.0.0.1:${port}` });
  });
  afterEach(async () => {
    await registry.close();
    await proxy.stop();
    await once(door.close(), 'close');
    await etcd.destroy();
  });

  it(
    'tries at most 5 times in each second, the first included, until the lease has run out',
    async () => {
      const watch = new RecordedWatch(registry, 'greeter');
      await registry.registrar.register(anInstance()).whenRegistered();
      await watch.untilIds(['greeter-1']);
      proxy.cut();
      const cutAt = performance.now();
      await delay(OUTAGE_MS);
      const tries = triedAt.filter((at) => at > cutAt);
      const seconds = tries.map((at) => Math.floor((at - cutAt) / 1_000));
      const perSecond = Array.from(
        { length: OUTAGE_MS / 1_000 },
        (_, i) => seconds.filter((second) => second === i).length,
      );
      if (process.env.MEASURE) {
        process.stderr.write(`measured: row 26: tries in each second: ${perSecond.join(' ')}\n`);
      }
      expect(Math.min(...perSecond)).toBeGreaterThan(0);
      expect(Math.max(...perSecond)).toBeLessThanOrEqual(MAX_TRIES_PER_SECOND);
    },
    OUTAGE_MS + 20_000,
  );
});

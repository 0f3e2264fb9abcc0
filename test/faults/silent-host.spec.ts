import { createEtcdRegistry, type Registry } from '@grpc-discovery/registry';
import { EtcdServer, TcpProxy, until } from '@grpc-discovery/test-support';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { anInstance } from '../../libs/registry/src/spec/instances.js';
import { stopwatch } from '../../libs/registry/src/spec/stopwatch.js';
import { RecordedWatch } from '../../libs/registry/src/spec/watches.js';

/** So many that some, whose order of hosts is by chance, meet the silent one first: all but never if not. */
const PROCESSES = 12;

describeOnEtcd('host of etcd that accepts connections and never answers', () => {
  let etcd: EtcdServer;
  let silent: TcpProxy;
  let registries: Registry[];

  beforeEach(async () => {
    etcd = await EtcdServer.start();
    silent = await TcpProxy.start(etcd.url);
    silent.stall();
    registries = [];
  });
  afterEach(async () => {
    await Promise.all(registries.map((each) => each.close()));
    await silent.stop();
    await etcd.destroy();
  });

  function create(...hosts: string[]): Registry {
    const registry = createEtcdRegistry({ hosts, leaseTtlSeconds: 5 });
    registries.push(registry);
    return registry;
  }

  it('is left for another one within 1.5 s', async () => {
    const lateMs = await Promise.all(
      Array.from({ length: PROCESSES }, async (_, i) => {
        const { registrar } = create(silent.url, etcd.url);
        const elapsed = stopwatch();
        await registrar.register(anInstance({ id: String(i) })).whenRegistered();
        return elapsed('row 23: registered past a silent endpoint');
      }),
    );
    expect(silent.connections).toBeGreaterThan(0);
    expect(Math.max(...lateMs)).toBeLessThan(1_500);
  });

  it('is used over a fresh connection within 3 s after it has healed, though the old one stays silent', async () => {
    const registry = create(silent.url);
    const watch = new RecordedWatch(registry, 'greeter');
    const registration = registry.registrar.register(anInstance());
    await watch.untilKind('unavailable');
    silent.stallOpen();
    const elapsed = stopwatch();
    await until('it is registered', () => registration.state.kind === 'registered');
    await watch.untilIds(['greeter-1']);
    expect(elapsed('row 23: registered after the heal')).toBeLessThan(3_000);
  });
});

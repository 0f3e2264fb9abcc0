import {
  createEtcdRegistry,
  RegistryRefusedError,
  type Registration,
  type Registry,
} from '@grpc-discovery/registry';
import { EtcdServer, TcpProxy, until } from '@grpc-discovery/test-support';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { anInstance } from '../../libs/registry/src/spec/instances.js';
import { RawEtcd } from '../../libs/registry/src/spec/raw-etcd.js';
import { RecordedLogger } from '../../libs/registry/src/spec/recorded-logger.js';
import { stopwatch } from '../../libs/registry/src/spec/stopwatch.js';
import { RecordedWatch } from '../../libs/registry/src/spec/watches.js';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';
import { EtcdSpace } from './etcd-space.js';

const KEY = '/discovery/instances/greeter/greeter-1';
/** Long enough for the pauses between tries to have grown as long as they get. */
const FULL_MS = 16_000;
const QUOTA_BYTES = 4 * 1024 * 1024;

describeOnEtcd('registry on an etcd without space', () => {
  let etcd: EtcdServer;
  let proxy: TcpProxy;
  let space: EtcdSpace;
  let raw: RawEtcd;
  let logger: RecordedLogger;
  let registry: Registry;

  beforeEach(async () => {
    etcd = await EtcdServer.start({ args: ['--quota-backend-bytes', String(QUOTA_BYTES)] });
    proxy = await TcpProxy.start(etcd.url);
    space = new EtcdSpace(etcd.url);
    raw = new RawEtcd(etcd.url);
    logger = new RecordedLogger();
    registry = createEtcdRegistry({ hosts: proxy.url, leaseTtlSeconds: 5 }, logger);
  });
  afterEach(async () => {
    await registry.close();
    await proxy.stop();
    await etcd.destroy();
  });

  it(
    'keeps what is registered, reads on, and registers what is new within 5 s after disarm',
    async () => {
      const watch = new RecordedWatch(registry, 'greeter');
      const held = registry.registrar.register(anInstance());
      await held.whenRegistered();
      await watch.untilIds(['greeter-1']);
      const before = await raw.get(KEY);
      await space.fill();
      const late = registry.registrar.register(anInstance({ id: 'late' }));
      await refused(late);
      const orders = new RecordedWatch(registry, 'orders');
      await orders.untilIds([]);
      expect(watch.ids).toEqual(['greeter-1']);
      await delay(FULL_MS);
      expect(held.state.kind).toBe('registered');
      await space.free();
      const elapsed = stopwatch();
      await late.whenRegistered();
      expect(elapsed('row 21: registered after disarm')).toBeLessThan(5_000);
      await watch.untilIds(['greeter-1', 'late']);
      expect(await raw.get(KEY)).toEqual(before);
      expect(logger.lines.filter((line) => line.startsWith('warn'))).toHaveLength(1);
    },
    FULL_MS + 20_000,
  );

  it('still takes an instance for registered when its stream was cut meanwhile', async () => {
    const held = registry.registrar.register(anInstance());
    await held.whenRegistered();
    const states: string[] = [];
    held.onStateChange(({ kind }) => states.push(kind));
    await space.fill();
    proxy.cut();
    await until('the old connections are gone', () => proxy.connections === 0);
    proxy.heal();
    await until('there is a new connection', () => proxy.connections > 0);
    // Keys are looked after in their order: when this one was refused, the first was looked after.
    await refused(registry.registrar.register(anInstance({ id: 'late' })));
    expect(states).toEqual([]);
    await raw.delete(KEY);
    await until('the loss is reported', () => states.length > 0);
    await space.free();
    await held.whenRegistered();
    expect(states).toEqual(['registering']);
  });

  it('deregisters, and gives no config and no instance up for a put that is refused', async () => {
    const [a, b] = ['a', 'b'].map((id) => registry.registrar.register(anInstance({ id })));
    await Promise.all([a?.whenRegistered(), b?.whenRegistered()]);
    const watch = new RecordedWatch(registry, 'greeter');
    await watch.untilIds(['a', 'b']);
    await space.fill();
    await expect(registry.configs.publish('greeter', {})).rejects.toThrow(RegistryRefusedError);
    await a?.deregister();
    await watch.untilIds(['b']);
    await b?.deregister();
    await watch.untilIds([]);
  });

  function refused(registration: Registration): Promise<boolean> {
    return until('the refusal is reported', () => {
      const { state } = registration;
      return state.kind === 'registering' && state.lastError instanceof RegistryRefusedError;
    });
  }
});

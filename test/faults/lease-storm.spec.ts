import {
  describeChannel,
  discoveryChannelOptions,
  discoveryTarget,
  installBalancing,
  roundRobin,
  type ChannelDescription,
  type MassRemoval,
} from '@grpc-discovery/balancing';
import { createEtcdRegistry, type Registry } from '@grpc-discovery/registry';
import { EtcdServer, TcpProxy, until } from '@grpc-discovery/test-support';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';
import type { ServiceError } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { GreeterClient, type GreeterServer } from '../../libs/balancing/src/spec/greeter.js';
import { instanceAt } from '../../libs/balancing/src/spec/instances.js';
import { World } from '../../libs/balancing/src/spec/world.js';
import { RawEtcd } from '../../libs/registry/src/spec/raw-etcd.js';
import { stopwatch } from '../../libs/registry/src/spec/stopwatch.js';

const INSTANCES = 10;
/** The default. With 5 s keepalives are so close that etcd, which looks every half second, ends most leases at once. */
const leaseTtlSeconds = 10;
/** From one keepalive to the next, with this TTL. */
const KEEPALIVE_MS = 2_500;
/** The TTL, and etcd's half second, and as much again for a busy machine. */
const RUN_OUT = { timeoutMs: 1.5 * leaseTtlSeconds * 1_000 };
const HEALED_MS = 5_000;
const CALL_EVERY_MS = 10;

/** Calls at a fixed pace, whatever becomes of them. */
class SteadyCalls {
  readonly failures: string[] = [];
  made = 0;
  private readonly open = new Set<Promise<unknown>>();
  private readonly timer = setInterval(() => this.call(), CALL_EVERY_MS);

  constructor(private readonly client: GreeterClient) {}

  /** Resolves when every call has ended. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.open);
  }

  private call(): void {
    this.made += 1;
    const call = this.client
      .sayHello({ deadline: Date.now() + 10_000 })
      .catch(({ message }: ServiceError) => this.failures.push(message))
      .finally(() => this.open.delete(call));
    this.open.add(call);
  }
}

describeOnEtcd('leases that run out one after another while their instances live', () => {
  let etcd: EtcdServer;
  let proxy: TcpProxy;
  let world: World;
  let servers: GreeterServer[];
  let registries: Registry[];
  let calls: SteadyCalls | undefined;

  beforeEach(async () => {
    etcd = await EtcdServer.start();
    proxy = await TcpProxy.start(etcd.url);
    world = new World();
    servers = await world.serve(INSTANCES);
    registries = [];
    installBalancing();
  });
  afterEach(async () => {
    await calls?.stop();
    world.end();
    proxy.heal();
    await Promise.all(registries.map((registry) => registry.close()));
    await proxy.stop();
    await etcd.destroy();
  });

  function registryAt(hosts: string): Registry {
    const registry = createEtcdRegistry({ hosts, leaseTtlSeconds });
    registries.push(registry);
    return registry;
  }

  /** Each by a registry of its own, and each with its keepalives at another time. */
  async function registerAll(): Promise<void> {
    const registered = servers.map(async ({ address }, i) => {
      await delay((i * KEEPALIVE_MS) / INSTANCES);
      const instance = instanceAt(address, { id: `greeter-${i}` });
      await registryAt(proxy.url).registrar.register(instance).whenRegistered();
    });
    await Promise.all(registered);
  }

  it('fails no call, keeps at least half of the instances, and has all of them back within 5 s after the end', async () => {
    const removals: MassRemoval[] = [];
    const options = discoveryChannelOptions({
      watcher: registryAt(etcd.url).watcher,
      policy: roundRobin(),
      onMassRemoval: (removal) => void removals.push(removal),
      channelOptions: { 'grpc.use_local_subchannel_pool': 1 },
    });
    const client = world.add(new GreeterClient(discoveryTarget('greeter'), options));
    const describe = (): ChannelDescription => describeChannel(options)!;
    const answering = async () => {
      const tally = await client.spread(10 * INSTANCES);
      return servers.filter(({ address }) => tally[address] !== undefined).length;
    };
    await registerAll();
    await until('all answer', async () => (await answering()) === INSTANCES);

    calls = new SteadyCalls(client);
    proxy.stall();
    const raw = new RawEtcd(etcd.url);
    await until('all leases have run out', async () => (await raw.leases()).length === 0, RUN_OUT);
    await until('the channel knows', () => describe().endpoints.every(({ isHeld }) => isHeld));
    expect(await answering()).toBeGreaterThanOrEqual(INSTANCES / 2);
    expect(removals).toEqual([expect.objectContaining({ before: INSTANCES })]);
    expect(describe().massRemovals).toBe(1);

    proxy.heal();
    const elapsed = stopwatch();
    await until('all are listed', () => {
      const { endpoints } = describe();
      return endpoints.length === INSTANCES && endpoints.every(({ isHeld }) => !isHeld);
    });
    await until('all answer', async () => (await answering()) === INSTANCES);
    expect(elapsed('row 31: all back after a lease storm')).toBeLessThan(HEALED_MS);
    await calls.stop();
    expect(calls.failures).toEqual([]);
    expect(calls.made).toBeGreaterThan(500);
  }, 40_000);
});

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connectivityState, experimental, status } from '@grpc/grpc-js';
import { freePorts, until } from '@grpc-discovery/test-support';
import { weightedRoundRobin } from './policies/weighted-round-robin.js';
import { GreeterClient } from './spec/greeter.js';
import { instanceAt } from './spec/instances.js';
import { World } from './spec/world.js';

const stateOf = (client: GreeterClient) => client.getChannel().getConnectivityState(false);

describe('a discovery channel among others and in trouble', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });
  afterEach(() => world.end());

  it("leaves grpc-js's own policy of the same name to other channels", async () => {
    const [server] = await world.serve(1);
    world.dial();
    const builtIn = experimental.parseLoadBalancingConfig({ weighted_round_robin: {} });
    expect(builtIn.getLoadBalancerName()).toBe('weighted_round_robin');
    expect(builtIn.toJsonObject()).toHaveProperty('enable_oob_load_report');
    const config = { loadBalancingConfig: [weightedRoundRobin()] };
    const plain = new GreeterClient(server!.address, {
      'grpc.service_config': JSON.stringify(config),
    });
    expect(await world.add(plain).sayHello()).toBe(server!.address);
  });

  it('throws when it is created without a watcher', () => {
    world.dial();
    expect(() => new GreeterClient('etcd:///greeter', {})).toThrow('discoveryChannelOptions');
  });

  it('keeps timeouts and wait-for-ready of the service config', async () => {
    const methodConfig = [
      { name: [{ service: 'helloworld.Greeter' }], timeout: '0.15s', waitForReady: true },
    ];
    const client = world.dial({ 'grpc.service_config': JSON.stringify({ methodConfig }) });
    world.watcher.live();
    client.getChannel().getConnectivityState(true);
    await until('the channel knows', () => stateOf(client) === connectivityState.TRANSIENT_FAILURE);
    const error = await client.failure();
    expect(error.code).toBe(status.DEADLINE_EXCEEDED);
    expect(error.details).toContain('No instance of service "greeter"');
  });

  it("keeps every connection across updates, even with grpc-js's round_robin", async () => {
    const servers = await world.serve(3);
    const client = world.dial({}, { policy: { round_robin: {} } });
    for (const weight of [1, 2, 3, 4, 5]) {
      world.watcher.live(...servers.map(({ address }) => instanceAt(address, { weight })));
      await until('all answer', async () => Object.keys(await client.spread(3)).length === 3);
    }
    expect(servers.map(({ connections }) => connections.size)).toEqual([1, 1, 1]);
  });

  it('works below outlier_detection', async () => {
    const servers = await world.serve(2);
    const policy = { outlier_detection: { child_policy: [weightedRoundRobin()] } };
    const client = world.dial({}, { policy, massRemoval: { holdMs: 0 } });
    world.watcher.live(...servers.map(({ address }) => instanceAt(address)));
    await until('both answer', async () => Object.keys(await client.spread(2)).length === 2);
    expect(Object.values(await client.spread(100))).toEqual([50, 50]);
    world.watcher.live();
    await until('the channel knows', async () => {
      const [error] = await Promise.allSettled([client.sayHello()]);
      return error.status === 'rejected' && String(error.reason).includes('No instance of');
    });
  });

  it('ignores a proxy in the environment', async () => {
    const [server] = await world.serve(1);
    process.env.grpc_proxy = 'http://127.0.0.1:9';
    try {
      const client = world.dial();
      world.watcher.live(instanceAt(server!.address));
      expect(await client.sayHello()).toBe(server!.address);
    } finally {
      delete process.env.grpc_proxy;
    }
  });

  it('loses no call when an instance that is still listed stops gracefully', async () => {
    const [stopping, staying] = await world.serve(2);
    const client = world.dial();
    world.watcher.live(instanceAt(stopping!.address), instanceAt(staying!.address));
    await until('both answer', async () => Object.keys(await client.spread(2)).length === 2);
    const load = client.spread(3000, 64);
    await until('the load runs', () => stopping!.calls > 100);
    await stopping!.stop();
    expect(Object.keys(await load).sort()).toEqual([stopping!.address, staying!.address].sort());
  });

  it('drops an endpoint that accepts TCP and never answers, and uses it once it does', async () => {
    const sockets: Socket[] = [];
    const [port = 0] = await freePorts(1);
    const mute = createServer((socket) => void sockets.push(socket)).listen(port, '127.0.0.1');
    await once(mute, 'listening');
    const client = world.dial({}, { connectTimeoutMs: 500 });
    world.watcher.live(instanceAt(`127.0.0.1:${port}`));
    expect(await client.failure()).toMatchObject({
      code: status.UNAVAILABLE,
      details: expect.stringContaining('no HTTP/2 connection within 500 ms'),
    });
    await until('a second attempt was made', () => sockets.length > 1);
    mute.close();
    // The old sockets stay open and mute: only a fresh attempt can succeed.
    const server = await world.serveAt(port);
    expect(await client.sayHello({ waitForReady: true })).toBe(server.address);
    for (const socket of sockets) socket.destroy();
  });

  it('keeps no process alive with a timer', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((it) => it === 'Timeout').length;
    const [server] = await world.serve(1);
    const before = timers();
    const client = world.dial({ 'grpc.initial_reconnect_backoff_ms': 60_000 });
    world.watcher.live(instanceAt(server!.address), instanceAt('127.0.0.1:1'));
    world.watcher.live(instanceAt(server!.address), instanceAt('127.0.0.1:2'));
    await client.sayHello();
    // Timers that end on their own may belong to earlier specs.
    expect(await until('only those of before are left', () => timers() <= before)).toBe(true);
  });
});

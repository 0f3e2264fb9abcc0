import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connectivityState, status } from '@grpc/grpc-js';
import { until } from '@grpc-discovery/test-support';
import { DeafServer } from '../spec/deaf-server.js';
import { GreeterProcess } from '../spec/greeter-process.js';
import { instanceAt } from '../spec/instances.js';
import { World } from '../spec/world.js';

/**
 * Stands for the defaults of 10 s and 5 s. The servers that live must answer in time, too, also when the machine stands still for
 * a second.
 */
const keepalive = { 'grpc.keepalive_time_ms': 200, 'grpc.keepalive_timeout_ms': 3_000 };

describe('an instance that hangs', () => {
  let world: World;
  const ends: (() => Promise<void>)[] = [];
  beforeEach(() => {
    world = new World();
  });
  afterEach(async () => {
    world.end();
    for (const end of ends.splice(0)) await end();
  });

  async function deaf(shakesHands: boolean): Promise<DeafServer> {
    const server = await DeafServer.start({ shakesHands });
    ends.push(() => server.stop());
    return server;
  }

  const list = (...instances: readonly { readonly address: string }[]) =>
    world.watcher.live(...instances.map(({ address }) => instanceAt(address)));

  it('leaves the rotation when it answers no ping, fails its calls in flight, and returns when it wakes', async () => {
    const frozen = await GreeterProcess.start();
    ends.push(() => frozen.end());
    const [server] = await world.serve(1);
    const reconnect = { 'grpc.initial_reconnect_backoff_ms': 100 };
    const client = world.dial({ ...keepalive, ...reconnect }, { connectTimeoutMs: 2_000 });
    list(frozen, server!);
    await until('both answer', async () => Object.keys(await client.spread(10)).length === 2);
    frozen.freeze();
    expect(await client.spread(8, 8)).toEqual({ [server!.address]: 4, UNAVAILABLE: 4 });
    expect(await client.spread(100)).toEqual({ [server!.address]: 100 });
    frozen.thaw();
    await until('it answers', async () => frozen.address in (await client.spread(10)));
    expect(await client.spread(100)).toEqual({ [server!.address]: 50, [frozen.address]: 50 });
  });

  it('is disconnected even without calls', async () => {
    const hung = await deaf(true);
    const client = world.dial(keepalive);
    list(hung);
    client.getChannel().getConnectivityState(true);
    await until('its connection is given up for another', () => hung.accepted >= 2);
    await until('the first one is closed', () => hung.open <= 1);
    expect(client.getChannel().getConnectivityState(false)).not.toBe(connectivityState.IDLE);
  });

  it('is abandoned, closed and retried if it accepts and never speaks HTTP/2', async () => {
    const hung = await deaf(false);
    const [server] = await world.serve(1);
    const client = world.dial(
      { 'grpc.initial_reconnect_backoff_ms': 100 },
      { connectTimeoutMs: 300 },
    );
    // Calls would fail if both were given up at the same time.
    list(server!);
    await client.sayHello();
    list(hung, server!);
    expect(await client.spread(100)).toEqual({ [server!.address]: 100 });
    await until('it was tried five times', () => hung.accepted >= 5);
    await until('no attempt but the last is open', () => hung.open <= 1);
    await hung.stop();
    const healed = await world.serveAt(hung.port);
    await until('it answers', async () => healed.address in (await client.spread(10)));
    expect(healed.sockets).toBeGreaterThan(0);
  });

  it('fails calls with that reason when there is no other', async () => {
    const hung = await deaf(false);
    const client = world.dial({}, { connectTimeoutMs: 100 });
    list(hung);
    const error = await client.failure();
    expect(error.code).toBe(status.UNAVAILABLE);
    expect(error.details).toContain(`${hung.address}: no HTTP/2 connection within 100 ms`);
  });
});

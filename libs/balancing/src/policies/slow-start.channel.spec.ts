import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@grpc-discovery/test-support';
import type { GreeterServer } from '../spec/greeter.js';
import { instanceAt } from '../spec/instances.js';
import { World } from '../spec/world.js';
import { roundRobin } from './round-robin.js';
import { slowStart } from './slow-start.js';

describe('slow_start over real connections', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });
  afterEach(() => world.end());

  const list = (servers: readonly GreeterServer[]) =>
    world.watcher.live(...servers.map(({ address }) => instanceAt(address)));

  async function joined(windowMs: number) {
    const servers = await world.serve(3);
    const [one, two, newcomer] = servers;
    const client = world.dial({}, { policy: slowStart(roundRobin(), { windowMs }) });
    list([one!, two!]);
    await until('two answer', async () => Object.keys(await client.spread(10)).length === 2);
    const first = await client.spread(100);
    list(servers);
    await until('the newcomer answers', async () => newcomer!.address in (await client.spread(30)));
    return { client, first, newcomer: newcomer! };
  }

  it('gives the first instances their full share, and a new one about a tenth of it', async () => {
    const { client, first, newcomer } = await joined(3_600_000);
    expect(Object.values(first)).toEqual([50, 50]);
    const share = (await client.spread(900))[newcomer.address]! / 300;
    // A tenth at random: three times as much is ten standard deviations away.
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(0.3);
  });

  it('gives a new instance its full share after the window', async () => {
    const { client } = await joined(500);
    await until('all have the same share', async () => {
      return Object.values(await client.spread(300)).every((count) => count === 100);
    });
    expect(Object.values(await client.spread(300))).toEqual([100, 100, 100]);
  });
});

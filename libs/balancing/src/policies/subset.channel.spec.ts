import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@grpc-discovery/test-support';
import type { GreeterServer } from '../spec/greeter.js';
import { instanceAt } from '../spec/instances.js';
import { World } from '../spec/world.js';
import { roundRobin } from './round-robin.js';
import { subset } from './subset.js';

describe('subset over real connections', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });
  afterEach(() => world.end());

  const list = (servers: readonly GreeterServer[]) =>
    world.watcher.live(...servers.map(({ address }) => instanceAt(address)));
  const connected = (servers: readonly GreeterServer[]) =>
    servers.filter(({ sockets }) => sockets > 0);
  const dial = (clientId: string) => {
    const policy = subset(roundRobin(), { size: 2, clientId });
    return world.dial({}, { policy });
  };

  it('connects to no more than its size, and spreads calls equally over these', async () => {
    const servers = await world.serve(6);
    const client = dial('gateway-1');
    list(servers);
    await until('two answer', async () => Object.keys(await client.spread(10)).length === 2);
    expect(Object.values(await client.spread(100))).toEqual([50, 50]);
    expect(connected(servers)).toHaveLength(2);
  });

  it('replaces one that leaves the list by one other, and keeps its other connection', async () => {
    const servers = await world.serve(6);
    const client = dial('gateway-1');
    list(servers);
    await until('two answer', async () => Object.keys(await client.spread(10)).length === 2);
    const [leaving, staying] = connected(servers);
    list(servers.filter((server) => server !== leaving));
    await until('a third is connected', () => connected(servers).length === 3);
    await until('it has the share of the one that left', async () => {
      const tally = await client.spread(20);
      return !(leaving!.address in tally) && Object.values(tally).join() === '10,10';
    });
    expect(staying!.sockets).toBe(1);
    expect(connected(servers)).toHaveLength(3);
  });
});

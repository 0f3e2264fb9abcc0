import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@grpc-discovery/test-support';
import type { GreeterClient, GreeterServer } from './spec/greeter.js';
import { instanceAt } from './spec/instances.js';
import { World } from './spec/world.js';

describe('weighted round robin over real connections', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });
  afterEach(() => world.end());

  it('spreads 3,000 calls over three servers within one', async () => {
    const servers = await world.serve(3);
    const client = world.dial();
    list(servers);
    await allAnswer(client, servers);
    const counts = Object.values(await client.spread(3000));
    expect(counts).toHaveLength(3);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  });

  it('spreads calls by weight', async () => {
    const servers = await world.serve(3);
    const client = world.dial();
    world.watcher.live(
      ...servers.map(({ address }, index) => instanceAt(address, { weight: index + 1 })),
    );
    await allAnswer(client, servers);
    const tally = await client.spread(600);
    const counts = servers.map(({ address }) => tally[address]);
    [100, 200, 300].forEach((count, index) =>
      expect(Math.abs(count - counts[index]!)).toBeLessThanOrEqual(1),
    );
  });

  it('sends no call to an instance of weight 0 if others have a weight, and all if there are no others', async () => {
    const [one, drained] = await world.serve(2);
    const client = world.dial();
    const last = instanceAt(drained!.address, { weight: 0 });
    world.watcher.live(instanceAt(one!.address), last);
    await allAnswer(client, [one!]);
    expect(await client.spread(100)).toEqual({ [one!.address]: 100 });
    world.watcher.live(last);
    await allAnswer(client, [drained!]);
    expect(await client.spread(100)).toEqual({ [drained!.address]: 100 });
  });

  it('gives a joining instance its share and keeps the existing connections', async () => {
    const [one, two, joining] = await world.serve(3);
    const client = world.dial();
    list([one!, two!]);
    await allAnswer(client, [one!, two!]);
    list([one!, two!, joining!]);
    await allAnswer(client, [joining!]);
    expect(Object.values(await client.spread(300)).sort()).toEqual([100, 100, 100]);
    expect([one!, two!, joining!].map(({ connections }) => connections.size)).toEqual([1, 1, 1]);
  });

  it('applies a new weight and keeps every connection', async () => {
    const [one, two] = await world.serve(2);
    const client = world.dial();
    for (const weight of [100, 200, 300, 400, 500]) {
      world.watcher.live(instanceAt(one!.address), instanceAt(two!.address, { weight }));
      await allAnswer(client, [one!, two!]);
    }
    await until('the last weight counts', async () => {
      const tally = await client.spread(60);
      return tally[two!.address] === 50;
    });
    expect([one!, two!].map(({ connections }) => connections.size)).toEqual([1, 1]);
  });

  it('loses no call when an instance deregisters and then stops', async () => {
    const [leaving, staying] = await world.serve(2);
    const client = world.dial();
    list([leaving!, staying!]);
    await allAnswer(client, [leaving!, staying!]);
    const load = client.spread(2000, 32);
    await until('the load runs', () => leaving!.calls > 200);
    list([staying!]);
    const before = await until('it gets no more calls', async () => {
      const { calls } = leaving!;
      await client.spread(20);
      return leaving!.calls === calls && calls;
    });
    await leaving!.stop();
    const tally = await load;
    expect(Object.keys(tally).sort()).toEqual([leaving!.address, staying!.address].sort());
    expect(leaving!.calls).toBe(before);
  });

  it('fails only calls in flight when a server dies, and uses it again when it returns', async () => {
    const [dying, staying] = await world.serve(2);
    const client = world.dial({ 'grpc.initial_reconnect_backoff_ms': 100 });
    list([dying!, staying!]);
    await allAnswer(client, [dying!, staying!]);
    let free: () => void = () => undefined;
    dying!.gate = staying!.gate = new Promise<void>((resolve) => (free = resolve));
    const load = client.spread(8, 8);
    await until('four calls are open at each', () => dying!.open === 4 && staying!.open === 4);
    dying!.kill();
    free();
    expect(await load).toEqual({ CANCELLED: 4, [staying!.address]: 4 });
    expect(await client.spread(100)).toEqual({ [staying!.address]: 100 });
    await dying!.listen();
    await allAnswer(client, [dying!]);
    expect(Object.values(await client.spread(100)).sort()).toEqual([50, 50]);
  });

  it('ends calls in flight on an instance that has left the list', async () => {
    const [leaving, staying] = await world.serve(2);
    const client = world.dial();
    list([leaving!]);
    await allAnswer(client, [leaving!]);
    let free: () => void = () => undefined;
    leaving!.gate = new Promise<void>((resolve) => (free = resolve));
    const open = client.sayHello();
    await until('the call is open', () => leaving!.open === 1);
    leaving!.gate = undefined;
    list([staying!]);
    await allAnswer(client, [staying!]);
    free();
    expect(await open).toBe(leaving!.address);
  });

  function list(servers: readonly GreeterServer[]): void {
    world.watcher.live(...servers.map(({ address }) => instanceAt(address)));
  }

  async function allAnswer(client: GreeterClient, servers: readonly GreeterServer[]) {
    const before = servers.map(({ calls }) => calls);
    await until('each server answers', async () => {
      await client.spread(1);
      return servers.every(({ calls }, index) => calls > before[index]!);
    });
  }
});

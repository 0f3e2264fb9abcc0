import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@grpc-discovery/test-support';
import type { GreeterClient, GreeterServer } from '../spec/greeter.js';
import { instanceAt } from '../spec/instances.js';
import { World } from '../spec/world.js';
import { preferLocality } from './prefer-locality.js';
import { roundRobin } from './round-robin.js';

describe('prefer_locality over real connections', () => {
  let world: World;
  let near: GreeterServer[];
  let far: GreeterServer;
  let client: GreeterClient;

  beforeEach(async () => {
    world = new World();
    const [one, two, other] = await world.serve(3);
    near = [one!, two!];
    far = other!;
    const at = (zone: string) => ({ locality: { region: 'eu', zone, subZone: '' } });
    world.watcher.live(
      ...near.map(({ address }) => instanceAt(address, at('eu-1'))),
      instanceAt(far.address, at('eu-2')),
    );
    const policy = preferLocality(roundRobin(), { locality: { region: 'eu', zone: 'eu-1' } });
    client = world.dial({ 'grpc.initial_reconnect_backoff_ms': 100 }, { policy });
    await answering(...near);
  });
  afterEach(() => world.end());

  /** Calls are answered by all of these, and by no other. */
  async function answering(...servers: readonly GreeterServer[]): Promise<void> {
    const addresses = servers.map(({ address }) => address).sort();
    await until(`${addresses.join()} answer`, async () => {
      const answered = Object.keys(await client.spread(40)).sort();
      return answered.join() === addresses.join();
    });
  }

  it('stays in the zone of the client, equally', async () => {
    await until('all are connected', () => far.sockets === 1);
    const equal = Object.fromEntries(near.map(({ address }) => [address, 50]));
    expect(await client.spread(100)).toEqual(equal);
    expect(far.calls).toBe(0);
  });

  it('spills over when the zone dies, without a failed call once that is known, and comes back', async () => {
    for (const server of near) server.kill();
    await answering(far);
    expect(await client.spread(100)).toEqual({ [far.address]: 100 });
    for (const server of near) await server.listen();
    await answering(...near);
    const equal = Object.fromEntries(near.map(({ address }) => [address, 50]));
    expect(await client.spread(100)).toEqual(equal);
    expect(far.sockets).toBe(1);
  });

  it('spills a part over when a part of the zone dies', async () => {
    near[0]!.kill();
    await answering(near[1]!, far);
    // Half of the zone takes 1.4 * 0.5 of the calls, at random: a tenth off is seven standard deviations away.
    const { [near[1]!.address]: stayed = 0, [far.address]: spilled = 0 } =
      await client.spread(1_000);
    expect(stayed + spilled).toBe(1_000);
    expect(Math.abs(stayed / 1_000 - 0.7)).toBeLessThan(0.1);
  });
});

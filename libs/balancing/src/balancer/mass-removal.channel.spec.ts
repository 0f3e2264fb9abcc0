import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@grpc-discovery/test-support';
import type { ChannelOptions } from '@grpc/grpc-js';
import { discoveryChannelOptions } from '../channel-options.js';
import { installBalancing } from '../install.js';
import { roundRobin } from '../policies/round-robin.js';
import { discoveryTarget } from '../resolver/target.js';
import { GreeterClient, type GreeterServer } from '../spec/greeter.js';
import { instanceAt } from '../spec/instances.js';
import { World } from '../spec/world.js';
import type { MassRemoval } from './mass-removal-guard.js';
import { describeChannel } from '../explain/channel-view.js';

/** Longer than any spec takes, on any machine. */
const HOLD_MS = 600_000;

describe('a mass removal over real connections', () => {
  let world: World;
  let servers: GreeterServer[];
  let options: ChannelOptions;
  let client: GreeterClient;
  let removals: MassRemoval[];

  beforeEach(() => {
    world = new World();
    removals = [];
  });
  afterEach(() => world.end());

  /** Resolves when so many servers are listed and connected. */
  async function start({ count = 10, holdMs = HOLD_MS } = {}): Promise<void> {
    servers = await world.serve(count);
    installBalancing();
    options = discoveryChannelOptions({
      watcher: world.watcher,
      policy: roundRobin(),
      // A busy machine may take its time to stop servers.
      massRemoval: { windowMs: 30_000, holdMs },
      onMassRemoval: (removal) => void removals.push(removal),
      channelOptions: { 'grpc.use_local_subchannel_pool': 1 },
    });
    client = world.add(new GreeterClient(discoveryTarget('greeter'), options));
    list(servers);
    await answering(servers);
  }

  const list = (listed: readonly GreeterServer[]) =>
    world.watcher.live(...listed.map(({ address }) => instanceAt(address)));
  const isListed = (address: string) =>
    describeChannel(options)!.endpoints.some((it) => it.address === address && !it.isHeld);
  const equal = (among: readonly GreeterServer[], calls: number) =>
    Object.fromEntries(among.map(({ address }) => [address, calls / among.length]));

  /** Calls are answered by all of these, and by no other. */
  async function answering(expected: readonly GreeterServer[]): Promise<void> {
    await until(`${expected.length} answer`, async () => {
      const tally = await client.spread(2 * expected.length);
      return expected.every(({ address }) => tally[address] === 2);
    });
  }

  it('keeps spreading calls over all live instances, and drops three that die', async () => {
    await start();
    list(servers.slice(0, 1));
    await until('the channel is up to date', () => removals.length === 1);
    expect(await client.spread(100)).toEqual(equal(servers, 100));
    for (const server of servers.slice(7)) server.kill();
    const left = servers.slice(0, 7);
    await answering(left);
    expect(await client.spread(70)).toEqual(equal(left, 70));
    expect(removals).toEqual([{ held: 9, before: 10, after: 1, holdMs: HOLD_MS }]);
  });

  it('ends with the listed instances', async () => {
    await start({ count: 3, holdMs: 500 });
    list(servers.slice(0, 1));
    await until('the channel is up to date', () => removals.length === 1);
    await answering(servers.slice(0, 1));
    expect(await client.spread(20)).toEqual(equal(servers.slice(0, 1), 20));
  });

  it('loses no call when two of three deregister at once and stop gracefully', async () => {
    await start({ count: 3 });
    const load = client.spread(3_000, 32);
    await until('the load runs', () => servers[1]!.calls > 200);
    list(servers.slice(0, 1));
    await until('the channel is up to date', () => removals.length > 0);
    await Promise.all(servers.slice(1, 3).map((server) => server.stop()));
    const tally = await load;
    expect(Object.keys(tally).sort()).toEqual(servers.map(({ address }) => address).sort());
  });

  it('loses no call when six of eight deregister and stop gracefully, one after the other', async () => {
    await start({ count: 8 });
    let isOver = false;
    const load = client.spreadWhile(() => !isOver, 32);
    await until('the load runs', () => servers.every(({ calls }) => calls > 200));
    for (let left = 7; left >= 2; left--) {
      list(servers.slice(0, left));
      const { address } = servers[left]!;
      await until(`the channel has dropped ${address}`, () => !isListed(address));
      await servers[left]!.stop();
    }
    await answering(servers.slice(0, 2));
    isOver = true;
    expect(Object.keys(await load).sort()).toEqual(servers.map(({ address }) => address).sort());
    expect(removals).toEqual([{ held: 1, before: 8, after: 3, holdMs: HOLD_MS }]);
  });

  it('costs no connection when the list comes back', async () => {
    await start();
    const before = servers.map(({ sockets }) => sockets);
    list([]);
    await until('the channel is up to date', () => removals.length === 1);
    list(servers);
    await until('all are listed', async () => (await client.spread(100)) && true);
    expect(await client.spread(100)).toEqual(equal(servers, 100));
    expect(servers.map(({ sockets }) => sockets)).toEqual(before);
  });

  it('fails calls with the reason as soon as all that deregistered have closed', async () => {
    await start({ count: 3 });
    list([]);
    await until('the channel is up to date', () => removals.length === 1);
    await Promise.all(servers.map((server) => server.stop()));
    const error = await until('a call fails', () => client.failure());
    expect(error.details).toContain('No instance of service "greeter" is registered under');
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import { until } from '@grpc-discovery/test-support';
import type { GreeterClient } from '../spec/greeter.js';
import { instanceAt } from '../spec/instances.js';
import { World } from '../spec/world.js';
import { filterInstances, type FilterInstancesOptions } from './filter-instances.js';
import { roundRobin } from './round-robin.js';

describe('filter_instances over real connections', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });
  afterEach(() => world.end());

  const dial = (options: FilterInstancesOptions) =>
    world.dial({}, { policy: filterInstances(roundRobin(), options) });
  const only = (client: GreeterClient, address: string) =>
    until(`only ${address} answers`, async () => (await client.spread(20))[address] === 20);

  it('calls and connects to those that match, and to no other', async () => {
    const [old, canary] = await world.serve(2);
    const client = dial({ version: '2.0.0' });
    world.watcher.live(instanceAt(old!.address), instanceAt(canary!.address, { version: '2.0.0' }));
    expect(await client.spread(100)).toEqual({ [canary!.address]: 100 });
    expect(old!.sockets).toBe(0);
  });

  it('follows labels that move from one instance to another', async () => {
    const [one, two] = await world.serve(2);
    const client = dial({ metadata: { track: 'canary' } });
    const canary = { metadata: { track: 'canary' } };
    world.watcher.live(instanceAt(one!.address, canary), instanceAt(two!.address));
    await only(client, one!.address);
    world.watcher.live(instanceAt(one!.address), instanceAt(two!.address, canary));
    await only(client, two!.address);
    expect([one!.sockets, two!.sockets]).toEqual([1, 1]);
  });

  it('fails calls with the filter if none matches, and calls an instance that appears', async () => {
    const [old, canary] = await world.serve(2);
    const client = dial({ version: '2.0.0' });
    world.watcher.live(instanceAt(old!.address));
    const error = await client.failure();
    expect(error.code).toBe(status.UNAVAILABLE);
    expect(error.details).toContain('Not even the only instance of service "greeter"');
    expect(error.details).toContain('has version 2.0.0');
    const waiting = client.sayHello({ waitForReady: true });
    world.watcher.live(instanceAt(old!.address), instanceAt(canary!.address, { version: '2.0.0' }));
    expect(await waiting).toBe(canary!.address);
  });

  it('calls all if none matches and the option allows it', async () => {
    const [one, two] = await world.serve(2);
    const client = dial({ version: '2.0.0', whenNoneMatches: 'all' });
    world.watcher.live(instanceAt(one!.address), instanceAt(two!.address));
    await until('both answer', async () => Object.keys(await client.spread(10)).length === 2);
    world.watcher.live(instanceAt(one!.address), instanceAt(two!.address, { version: '2.0.0' }));
    await only(client, two!.address);
    expect(await client.spread(100)).toEqual({ [two!.address]: 100 });
  });
});

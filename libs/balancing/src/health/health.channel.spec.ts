import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@grpc-discovery/test-support';
import { roundRobin } from '../policies/round-robin.js';
import type { GreeterClient, GreeterServer } from '../spec/greeter.js';
import { HealthService } from '../spec/health-service.js';
import { instanceAt } from '../spec/instances.js';
import { World } from '../spec/world.js';
import type { HealthWatchOptions } from './health-watch.js';

describe('the health of instances over real connections', () => {
  let world: World;
  let health: HealthService;
  let watched: GreeterServer;
  let other: GreeterServer;

  beforeEach(async () => {
    world = new World();
    health = new HealthService();
    watched = await world.serveWithHealth(health);
    [other] = (await world.serve(1)) as [GreeterServer];
  });
  afterEach(() => world.end());

  async function connected(options: HealthWatchOptions | false = {}): Promise<GreeterClient> {
    const policy = roundRobin();
    const client = world.dial({}, { policy, health: options, massRemoval: { holdMs: 0 } });
    world.watcher.live(instanceAt(watched.address), instanceAt(other.address));
    await until('both answer', async () => Object.keys(await client.spread(10)).length === 2);
    return client;
  }
  const both = () => ({ [watched.address]: 50, [other.address]: 50 });

  it('sends no calls to an instance that does not serve, and resumes, over one connection', async () => {
    const client = await connected();
    await until('its health is watched', () => health.watches === 1);
    health.set(2);
    await until(
      'only the other answers',
      async () => !(watched.address in (await client.spread(4))),
    );
    expect(await client.spread(100)).toEqual({ [other.address]: 100 });
    health.set(1);
    await until('it answers again', async () => watched.address in (await client.spread(4)));
    expect(await client.spread(100)).toEqual(both());
    expect([watched.sockets, other.sockets]).toEqual([1, 1]);
    expect(health.opened).toBe(1);
  });

  it('asks for the configured service', async () => {
    await connected({ service: 'helloworld.Greeter' });
    await until('its health is watched', () => health.watches === 1);
    expect([...health.asked]).toEqual(['helloworld.Greeter']);
  });

  it('watches again after a stream that broke', async () => {
    const client = await connected();
    await until('its health is watched', () => health.watches === 1);
    health.break();
    await until('it is watched again', () => health.opened === 2);
    health.set(2);
    await until(
      'only the other answers',
      async () => !(watched.address in (await client.spread(4))),
    );
    expect(watched.sockets).toBe(1);
  });

  it('is not requested if it is disabled', async () => {
    const client = await connected(false);
    health.set(2);
    expect(await client.spread(100)).toEqual(both());
    expect(health.opened).toBe(0);
  });

  it('ends its stream when the instance leaves the list, and with the channel', async () => {
    const client = await connected();
    await until('its health is watched', () => health.watches === 1);
    world.watcher.live(instanceAt(other.address));
    await until('it is watched no more', () => health.watches === 0);
    world.watcher.live(instanceAt(watched.address), instanceAt(other.address));
    await until('it is watched again', () => health.watches === 1);
    client.close();
    await until('it is watched no more', () => health.watches === 0);
    expect(health.opened).toBe(2);
  });

  it('does not keep the process alive', async () => {
    const sockets = () =>
      process.getActiveResourcesInfo().filter((it) => it === 'TCPSocketWrap').length;
    const before = sockets();
    await connected();
    await until('its health is watched', () => health.watches === 1);
    // Those of the servers, which are part of this process. Sockets of other specs may have closed meanwhile.
    expect(sockets() - before).toBeLessThanOrEqual(2);
  });

  it('does not delay a server that stops gracefully', async () => {
    const client = await connected();
    await until('its health is watched', () => health.watches === 1);
    await watched.stop();
    expect(await client.spread(20)).toEqual({ [other.address]: 20 });
  });
});

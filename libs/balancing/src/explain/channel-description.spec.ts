import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@grpc-discovery/test-support';
import { discoveryChannelOptions } from '../channel-options.js';
import { installBalancing } from '../install.js';
import { filterInstances } from '../policies/filter-instances.js';
import { nonePassedOver } from './call-explanation.js';
import { roundRobin } from '../policies/round-robin.js';
import { discoveryTarget } from '../resolver/target.js';
import { DeafServer } from '../spec/deaf-server.js';
import { GreeterClient } from '../spec/greeter.js';
import { HealthService } from '../spec/health-service.js';
import { instanceAt } from '../spec/instances.js';
import { ScriptedService } from '../spec/scripted-service.js';
import { World } from '../spec/world.js';
import { describeChannel } from './channel-view.js';

const none = {
  ready: 0,
  draining: 0,
  unhealthy: 0,
  ejected: 0,
  connecting: 0,
  failing: 0,
  filtered: 0,
};

describe('the description of a channel', () => {
  let world: World;
  beforeEach(() => {
    installBalancing();
    world = new World();
  });
  afterEach(() => world.end());

  function dial(policy = roundRobin()) {
    const channelOptions = { 'grpc.use_local_subchannel_pool': 1 };
    const options = discoveryChannelOptions({ watcher: world.watcher, policy, channelOptions });
    const client = world.add(new GreeterClient(discoveryTarget('greeter'), options));
    return { client, describe: () => describeChannel(options) };
  }

  it('is undefined before the registry has answered, after the channel has closed, and for other channels', async () => {
    const { client, describe } = dial();
    expect(describe()).toBeUndefined();
    world.watcher.live();
    await client.failure();
    expect(describe()).toEqual({
      endpoints: [],
      counts: none,
      passedOver: nonePassedOver(),
      massRemovals: 0,
      failure: expect.stringContaining('No instance of service "greeter" is registered'),
    });
    client.close();
    expect(describe()).toBeUndefined();
    expect(describeChannel({})).toBeUndefined();
  });

  it('contains the status of each instance', async () => {
    const health = new HealthService();
    health.set(2);
    const unhealthy = await world.serveWithHealth(health);
    const [ready, draining, filtered, gone] = await world.serve(4);
    gone!.kill();
    const deaf = await DeafServer.start({ shakesHands: false });
    const { client, describe } = dial(filterInstances(roundRobin(), { version: '1' }));
    const version = '1';
    world.watcher.live(
      instanceAt(ready!.address, { version }),
      instanceAt(draining!.address, { version, weight: 0 }),
      instanceAt(unhealthy.address, { version }),
      instanceAt(deaf.address, { version }),
      instanceAt(gone!.address, { version }),
      instanceAt(filtered!.address, { version: '2' }),
    );
    await client.sayHello({ waitForReady: true });
    await until('all are known', () => {
      const { counts } = describe()!;
      return counts.ready === 1 && counts.draining + counts.failing + counts.unhealthy === 3;
    });
    const description = describe()!;
    expect(description.counts).toEqual({
      ...none,
      ...{ ready: 1, draining: 1, unhealthy: 1, connecting: 1, failing: 1, filtered: 1 },
    });
    expect(description.passedOver).toEqual({
      ...nonePassedOver(),
      ...{ draining: 1, unhealthy: 1, connecting: 1, failing: 1, 'not-matching': 1 },
    });
    expect(description.failure).toBeUndefined();
    expect(description.endpoints[2]).toEqual({
      instanceId: unhealthy.address,
      address: unhealthy.address,
      status: 'unhealthy',
      isHeld: false,
      reason: 'its health is NOT_SERVING',
    });
    expect(description.endpoints[4]!.reason).toContain('ECONNREFUSED');
    await deaf.stop();
  });

  it('contains an instance that outlier detection has ejected', () => {
    const service = new ScriptedService();
    service.watcher.live(instanceAt('10.0.0.1:1'));
    service.used[0]!.go('READY');
    service.used[0]!.setHealthy(false);
    expect(service.describe()!.counts).toEqual({ ...none, ejected: 1 });
    expect(service.describe()!.failure).toContain('ejected');
    service.destroy();
    expect(service.describe()).toBeUndefined();
  });

  it('contains instances that are held after a mass removal', async () => {
    const [one, two] = await world.serve(2);
    const { client, describe } = dial();
    world.watcher.live(instanceAt(one!.address), instanceAt(two!.address));
    await until('both answer', async () => Object.keys(await client.spread(4)).length === 2);
    world.watcher.live();
    await until('the channel is up to date', () => describe()!.massRemovals === 1);
    expect(describe()!.endpoints.map(({ isHeld, status }) => [isHeld, status])).toEqual([
      [true, 'ready'],
      [true, 'ready'],
    ]);
  });
});

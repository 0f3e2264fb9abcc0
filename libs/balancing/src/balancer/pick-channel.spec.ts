import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { filterInstances } from '../policies/filter-instances.js';
import { nonePassedOver } from '../explain/call-explanation.js';
import { random } from '../policies/random.js';
import { roundRobin } from '../policies/round-robin.js';
import { instanceAt } from '../spec/instances.js';
import { World } from '../spec/world.js';
import type { PickMessage } from './pick-channel.js';

describe('the diagnostics channel grpc-discovery:pick', () => {
  const method = '/helloworld.Greeter/SayHello';
  let world: World;
  let messages: PickMessage[];
  const take = (message: unknown) => void messages.push(message as PickMessage);
  beforeEach(() => {
    world = new World();
    messages = [];
    subscribe('grpc-discovery:pick', take);
  });
  afterEach(() => {
    unsubscribe('grpc-discovery:pick', take);
    world.end();
  });

  it('publishes each pick of an instance', async () => {
    const [one, other] = await world.serve(2);
    const policy = filterInstances(random(), { version: '2' });
    const client = world.dial({}, { policy });
    world.watcher.live(
      instanceAt(one!.address, { id: 'greeter-1', version: '2' }),
      instanceAt(other!.address),
    );
    await client.sayHello({ waitForReady: true });
    expect(messages).toHaveLength(1);
    expect({ ...messages[0] }).toEqual({
      service: 'greeter',
      method,
      policy: 'filter_instances > random',
      instance: 'greeter-1',
      address: one!.address,
      attempt: 1,
      passedOver: { ...nonePassedOver(), 'not-matching': 1 },
    });
  });

  it('counts the attempts of a call', async () => {
    const [server] = await world.serve(1);
    const client = world.dial({}, { methods: { [method]: { retry: { attempts: 3 } } } });
    world.watcher.live(instanceAt(server!.address));
    server!.failures.push(status.UNAVAILABLE, status.UNAVAILABLE);
    await client.sayHello({ waitForReady: true });
    expect(messages.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });

  it('publishes nothing to former subscribers', async () => {
    const [server] = await world.serve(1);
    const client = world.dial({}, { policy: roundRobin() });
    world.watcher.live(instanceAt(server!.address));
    unsubscribe('grpc-discovery:pick', take);
    await client.sayHello({ waitForReady: true });
    expect(messages).toEqual([]);
  });
});

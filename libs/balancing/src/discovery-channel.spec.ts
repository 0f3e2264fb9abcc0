import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { connectivityState, status } from '@grpc/grpc-js';
import { until } from '@grpc-discovery/test-support';
import type { GreeterClient } from './spec/greeter.js';
import { instanceAt } from './spec/instances.js';
import { World } from './spec/world.js';

const stateOf = (client: GreeterClient) => client.getChannel().getConnectivityState(false);

const noInstance =
  'No instance of service "greeter" is registered under /discovery/instances/greeter/. ' +
  'Is one running, and in the same namespace?';

describe('a discovery channel', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });
  afterEach(() => world.end());

  it('fails calls at once, with service and prefix, when no instance is registered', async () => {
    world.watcher.live();
    expect(await world.dial().failure()).toMatchObject({
      code: status.UNAVAILABLE,
      details: noInstance,
    });
  });

  it('lets wait-for-ready calls wait for the first instance', async () => {
    const [server] = await world.serve(1);
    const client = world.dial();
    world.watcher.live();
    const answer = client.sayHello({ waitForReady: true });
    await client.failure();
    world.watcher.live(instanceAt(server!.address));
    expect(await answer).toBe(server!.address);
  });

  it('reports what a wait-for-ready call waited for when its deadline expires', async () => {
    world.watcher.live();
    const client = world.dial();
    await client.failure();
    const error = await client.failure({ waitForReady: true, deadline: Date.now() + 200 });
    expect(error.code).toBe(status.DEADLINE_EXCEEDED);
    expect(error.details).toMatch(
      /^Deadline exceeded after .*wait_for_ready,Waiting for LB pick\. /,
    );
    expect(error.details).toContain(noInstance);
  });

  it.each([false, true])(
    'reports that the registry has not answered if a deadline expires before the first list, with waitForReady: %s',
    async (waitForReady) => {
      const [server] = await world.serve(1);
      const client = world.dial();
      const ended = () => client.failure({ waitForReady, deadline: Date.now() + 100 });
      for (const error of [await ended(), await ended()]) {
        expect(error.code).toBe(status.DEADLINE_EXCEEDED);
        expect(error.details).toMatch(
          /^Deadline exceeded after .*\. The registry has not answered yet with the instances of service "greeter" under \/discovery\/instances\/greeter\/: no instance was called\./,
        );
      }
      world.watcher.live(instanceAt(server!.address));
      expect(await client.sayHello({ waitForReady: true })).toBe(server!.address);
    },
  );

  it('fails calls at once, and holds wait-for-ready calls, when the last instance has deregistered and closed', async () => {
    const [server] = await world.serve(1);
    const onMassRemoval = jest.fn();
    const client = world.dial({}, { onMassRemoval });
    world.watcher.live(instanceAt(server!.address));
    expect(await client.sayHello()).toBe(server!.address);
    world.watcher.live();
    await until('the channel is up to date', () => onMassRemoval.mock.calls.length > 0);
    await server!.stop();
    await until('the channel knows', () => stateOf(client) === connectivityState.TRANSIENT_FAILURE);
    expect(await client.failure()).toMatchObject({ code: status.UNAVAILABLE, details: noInstance });
    const waiting = client.sayHello({ waitForReady: true });
    const late = await client.failure({ waitForReady: true, deadline: Date.now() + 100 });
    expect(late.details).toContain(noInstance);
    await server!.listen();
    world.watcher.live(instanceAt(server!.address));
    expect(await waiting).toBe(server!.address);
  });

  it('queues calls until the registry has answered', async () => {
    const [server] = await world.serve(1);
    const client = world.dial();
    const answer = client.sayHello();
    await until('the channel watches', () => world.watcher.watches === 1);
    world.watcher.live(instanceAt(server!.address));
    expect(await answer).toBe(server!.address);
  });

  it('fails calls with the error of a registry that never answered', async () => {
    const client = world.dial();
    world.watcher.unavailable('connect ECONNREFUSED 127.0.0.1:2379');
    expect(await client.failure()).toMatchObject({
      code: status.UNAVAILABLE,
      details:
        'The instances of service "greeter" can\'t be read from the registry under ' +
        '/discovery/instances/greeter/: connect ECONNREFUSED 127.0.0.1:2379',
    });
  });

  it('names the prefix once, even if the error of the registry names it', async () => {
    const client = world.dial();
    world.watcher.unavailable('/discovery/instances/greeter/: the registry refuses');
    expect(await client.failure()).toMatchObject({
      details:
        'The instances of service "greeter" can\'t be read from the registry: ' +
        '/discovery/instances/greeter/: the registry refuses',
    });
  });

  it('keeps calling known instances when the registry goes down', async () => {
    const [server] = await world.serve(1);
    const client = world.dial();
    world.watcher.live(instanceAt(server!.address));
    await client.sayHello();
    world.watcher.stale(instanceAt(server!.address));
    expect(await client.spread(50)).toEqual({ [server!.address]: 50 });
  });

  it('names service, prefix and the last error when no instance can be reached', async () => {
    const [server] = await world.serve(1);
    server!.kill();
    const client = world.dial();
    world.watcher.live(instanceAt(server!.address));
    const error = await client.failure();
    expect(error.code).toBe(status.UNAVAILABLE);
    expect(error.details).toMatch(
      /^No connection to the only instance of service "greeter" \(\/discovery\/instances\/greeter\/\)\. Last error: connect ECONNREFUSED 127\.0\.0\.1:\d+$/,
    );
    const late = await client.failure({ waitForReady: true, deadline: Date.now() + 100 });
    expect(late.details).toContain('No connection to the only instance of service "greeter"');
  });

  it('closes its watch when it becomes idle, and opens one for the next call', async () => {
    const [server, other] = await world.serve(2);
    const client = world.dial({ 'grpc.client_idle_timeout_ms': 1 });
    world.watcher.live(instanceAt(server!.address));
    await client.sayHello();
    await until('the channel is idle', () => world.watcher.watches === 0);
    expect(stateOf(client)).toBe(connectivityState.IDLE);
    world.watcher.live(instanceAt(other!.address));
    expect(await client.sayHello()).toBe(other!.address);
    expect(world.watcher.watches).toBe(1);
  });

  it('ends its watch when it is closed', async () => {
    const client = world.dial();
    world.watcher.live();
    await client.failure();
    client.close();
    expect(world.watcher.watches).toBe(0);
  });
});

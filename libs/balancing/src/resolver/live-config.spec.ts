import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import { until } from '@grpc-discovery/test-support';
import type { DiscoveryChannelOptions } from '../channel-options.js';
import { InvalidPolicyError } from '../policies/invalid-policy-error.js';
import { leastRequest } from '../policies/least-request.js';
import { outlierDetection } from '../policies/outlier-detection.js';
import { pickFirst } from '../policies/pick-first.js';
import { roundRobin } from '../policies/round-robin.js';
import { weightedRoundRobin } from '../policies/weighted-round-robin.js';
import type { GreeterServer } from '../spec/greeter.js';
import { instanceAt } from '../spec/instances.js';
import { ScriptedConfigSource } from '../spec/scripted-config-source.js';
import { World } from '../spec/world.js';

const first = pickFirst({ shuffleAddressList: false });

describe('a published service config', () => {
  let world: World;
  let source: ScriptedConfigSource;
  let servers: GreeterServer[];
  let errors: string[];
  beforeEach(async () => {
    world = new World();
    source = new ScriptedConfigSource();
    servers = await world.serve(3);
    errors = [];
  });
  afterEach(() => world.end());

  function dial(options: Partial<DiscoveryChannelOptions> = {}) {
    const onConfigError = (error: Error, service: string) => {
      expect(error).toBeInstanceOf(InvalidPolicyError);
      errors.push(`${service}: ${error.message}`);
    };
    const client = world.dial({}, { serviceConfig: source, onConfigError, ...options });
    world.watcher.live(...servers.map(({ address }) => instanceAt(address)));
    const spreadOver = (count: number) =>
      until(
        `calls go to ${count}`,
        async () => Object.keys(await client.spread(12)).length === count,
      );
    return { client, spreadOver };
  }

  it('takes effect live, without a new connection, and the default returns when it is removed', async () => {
    const { spreadOver } = dial();
    await spreadOver(3);
    for (const policy of [first, leastRequest(), outlierDetection(roundRobin()), roundRobin()]) {
      source.publish({ loadBalancingConfig: [policy] });
      await spreadOver(policy === first ? 1 : 3);
    }
    source.deliver({ kind: 'absent' });
    await spreadOver(3);
    expect(servers.map(({ sockets }) => sockets)).toEqual([1, 1, 1]);
  });

  it('changes between policies over all instances without touching a connection', async () => {
    const { spreadOver } = dial();
    await spreadOver(3);
    for (const policy of [leastRequest(), outlierDetection(leastRequest()), roundRobin()]) {
      source.publish({ loadBalancingConfig: [policy] });
      await spreadOver(3);
    }
    expect(servers.map(({ sockets }) => sockets)).toEqual([1, 1, 1]);
  });

  it('sets timeouts of methods, which deadlines of calls and options of methods override', async () => {
    const methodConfig = [{ name: [{ service: 'helloworld.Greeter' }], timeout: '0.05s' }];
    const { client, spreadOver } = dial({
      methods: { '/helloworld.Greeter/SayBye': { timeoutMs: 60_000 } },
    });
    await spreadOver(3);
    source.publish({ methodConfig });
    let free: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (free = resolve));
    for (const server of servers) server.gate = gate;
    const patient = client.sayHello({ path: '/helloworld.Greeter/SayBye' });
    // Started later and finished earlier.
    expect((await client.failure()).code).toBe(status.DEADLINE_EXCEEDED);
    free();
    expect(servers.map(({ address }) => address)).toContain(await patient);
  });

  it('can add outlier detection, which counts from then on', async () => {
    const { client, spreadOver } = dial();
    await spreadOver(3);
    const failurePercentage = { threshold: 50, minimumHosts: 2, requestVolume: 5 };
    const options = { intervalMs: 100, maxEjectionPercent: 50, failurePercentage };
    source.publish({ loadBalancingConfig: [outlierDetection(roundRobin(), options)] });
    servers[0]!.alwaysFails = status.INTERNAL;
    await until('it is ejected', async () => (await client.spread(30)).INTERNAL === undefined);
    expect(Object.values(await client.spread(60))).toEqual([30, 30]);
  });

  it('is ignored if its source refuses the watch, which is reported', async () => {
    source.watch = () => {
      throw new InvalidPolicyError('the source', 'it', 'open', 'closed', 'Open it.');
    };
    await dial().spreadOver(3);
    expect(errors).toEqual(['greeter: the source: it must be open, but is closed. Open it.']);
  });

  it('is overridden by the policy of the channel', async () => {
    const { spreadOver } = dial({ policy: weightedRoundRobin() });
    await spreadOver(3);
    source.publish({ loadBalancingConfig: [first] });
    await spreadOver(3);
    expect(errors).toEqual([]);
  });

  it('is reported once and changes nothing if it is invalid', async () => {
    const { client } = dial();
    source.publish({ loadBalancingConfig: [first] });
    const alone = { [servers[0]!.address]: 12 };
    await until('it is in use', async () => (await client.spread(12))[servers[0]!.address] === 12);
    source.deliver({ kind: 'published', json: '{ "loadBalancingConfig": [' });
    source.deliver({ kind: 'published', json: '{ "loadBalancingConfig": [' });
    source.publish({ loadBalancingConfig: [{ least_request: { choiceCount: 1 } }] });
    expect(await client.spread(12)).toEqual(alone);
    expect(errors).toHaveLength(2);
    expect(errors[0]).toContain('greeter: the published service config: it must be valid');
    expect(errors[1]).toContain('greeter: least_request: choiceCount must be an integer');
  });

  it('applies to the first call if the source has it', async () => {
    source.publish({ loadBalancingConfig: [first] });
    const { client } = dial();
    expect(await client.spread(12)).toEqual({ [servers[0]!.address]: 12 });
  });

  it('is watched as long as the channel resolves', async () => {
    const { client, spreadOver } = dial();
    await spreadOver(3);
    expect(source.watches).toBe(1);
    client.close();
    expect(source.watches).toBe(0);
  });
});

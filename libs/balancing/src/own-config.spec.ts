import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@grpc-discovery/test-support';
import { discoveryChannelOptions, updateOwnConfig } from './channel-options.js';
import { installBalancing } from './install.js';
import { InvalidPolicyError } from './policies/invalid-policy-error.js';
import { pickFirst } from './policies/pick-first.js';
import { roundRobin } from './policies/round-robin.js';
import { reportUtilization } from './reports/report-utilization.js';
import type { GreeterServer } from './spec/greeter.js';
import { instanceAt } from './spec/instances.js';
import { ScriptedConfigSource } from './spec/scripted-config-source.js';
import { World } from './spec/world.js';

const one = pickFirst({ shuffleAddressList: false });
const greeter = '/helloworld.Greeter';

describe('The call settings of a channel', () => {
  let world: World;
  let servers: GreeterServer[];
  beforeEach(async () => {
    world = new World();
    servers = await world.serve(3);
  });
  afterEach(() => world.end());

  it('change live, even with a published config, without a new connection', async () => {
    const serviceConfig = new ScriptedConfigSource();
    const client = world.dial({}, { serviceConfig });
    world.watcher.live(...servers.map(({ address }) => instanceAt(address)));
    const spreadOver = (count: number) =>
      until(
        `calls go to ${count}`,
        async () => Object.keys(await client.spread(12)).length === count,
      );
    await spreadOver(3);
    updateOwnConfig(client.options, { methods: {}, policy: one });
    await spreadOver(1);
    updateOwnConfig(client.options, { methods: {} });
    await spreadOver(3);
    serviceConfig.publish({ loadBalancingConfig: [one] });
    await spreadOver(1);
    updateOwnConfig(client.options, { methods: { [greeter]: { policy: roundRobin() } } });
    await spreadOver(3);
    expect(servers.map(({ sockets }) => sockets)).toEqual([1, 1, 1]);
  });

  it('stay unchanged if the new ones are invalid', async () => {
    const client = world.dial({}, { policy: one });
    world.watcher.live(...servers.map(({ address }) => instanceAt(address)));
    const update = () =>
      updateOwnConfig(client.options, { methods: { [greeter]: { timeoutMs: NaN } } });
    expect(update).toThrow(InvalidPolicyError);
    expect(Object.keys(await client.spread(12))).toHaveLength(1);
  });
});

describe('An unknown option', () => {
  beforeAll(() => installBalancing());
  const watcher = { watch: () => ({ source: 'none', close: () => undefined }) } as never;
  const channel = (options: object) => discoveryChannelOptions({ watcher, ...options });

  it.each([
    ['of a channel', () => channel({ polcy: one }), /channel: each option must be one of watcher,/],
    ['of health', () => channel({ health: { servise: '' } }), /health: each option .*"servise"/],
    ['of massRemoval', () => channel({ massRemoval: { hold: 1 } }), /massRemoval: .*"hold"/],
    ['of retryBudget', () => channel({ retryBudget: { tokens: 1 } }), /retryBudget: maxTokens/],
    [
      'of a method',
      () => channel({ methods: { [greeter]: { timeoutMS: 1 } } }),
      /methods.*each option .*"timeoutMS"/,
    ],
    [
      'of a retry',
      () => channel({ methods: { [greeter]: { retry: { attempts: 2, code: [] } } } }),
      /retry: each option .*"code"/,
    ],
    ['of load reports', () => reportUtilization({ window: 1 } as never), /each option .*"window"/],
  ])('%s is refused', (_, door, text) => {
    expect(door).toThrow(InvalidPolicyError);
    expect(door).toThrow(text);
  });
});

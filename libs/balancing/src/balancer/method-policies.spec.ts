import { describe, expect, it } from '@jest/globals';
import { Metadata } from '@grpc/grpc-js';
import { PickResultType } from '../grpc/experimental.js';
import { filterInstances } from '../policies/filter-instances.js';
import { leastRequest } from '../policies/least-request.js';
import { pickFirst } from '../policies/pick-first.js';
import { roundRobin } from '../policies/round-robin.js';
import { subset } from '../policies/subset.js';
import { instanceAt } from '../spec/instances.js';
import { ScriptedPolicy } from '../spec/scripted-policy.js';

const fleet = (count: number, version = '1.0.0') =>
  Array.from({ length: count }, (_, i) => instanceAt(`10.0.0.${i}:1`, { version }));
const [a, b, c] = fleet(3).map(({ address }) => address) as [string, string, string];
const pickBy = ({ channel }: ScriptedPolicy, policy: string) =>
  channel.pick(new Metadata(), { policy }).subchannel?.getAddress();

describe('several policies of one channel', () => {
  it('share subchannels, and each call uses the policy that it names', () => {
    const first = pickFirst({ shuffleAddressList: false });
    const policy = new ScriptedPolicy(roundRobin(), { first });
    policy.connect(...fleet(3));
    expect(policy.channel.picks(3)).toEqual([a, b, c]);
    expect([1, 2, 3].map(() => pickBy(policy, 'first'))).toEqual([a, a, a]);
    expect(pickBy(policy, 'unknown')).toBe(a);
    expect(policy.channel.subchannels).toHaveLength(3);
  });

  it('connect to the union of their selections', () => {
    const methods = { canary: filterInstances(roundRobin(), { version: '2.0.0' }) };
    const policy = new ScriptedPolicy(subset(roundRobin(), { size: 2, clientId: 'x' }), methods);
    const canary = instanceAt('10.0.1.0:1', { version: '2.0.0' });
    policy.list([...fleet(20), canary]);
    const addresses = policy.channel.subchannels.map(({ address }) => address);
    expect(addresses).toContain(canary.address);
    expect(addresses.length).toBeLessThanOrEqual(3);
  });

  it('wait and fail independently', () => {
    const methods = {
      canary: filterInstances(roundRobin(), { version: '2.0.0' }),
      none: filterInstances(roundRobin(), { version: '3.0.0' }),
    };
    const policy = new ScriptedPolicy(roundRobin(), methods);
    const canary = instanceAt('10.0.1.0:1', { version: '2.0.0' });
    policy.list([...fleet(2), canary]);
    policy.channel.ready(a);
    const resultOf = (name: string) => policy.channel.pick(new Metadata(), { policy: name });
    expect(resultOf('canary').pickResultType).toBe(PickResultType.QUEUE);
    expect(resultOf('none').status?.details).toBe('None of 3 instances of it has version 3.0.0');
    policy.channel.takeStates();
    policy.channel.at(canary.address).go('TRANSIENT_FAILURE', 'refused');
    // Published again, so that grpc-js picks again for waiting calls.
    expect(policy.channel.takeStates()).toEqual(['READY']);
    expect(resultOf('canary').status?.details).toBe(
      `No connection to the only instance of it. Last error: ${canary.address}: refused`,
    );
    expect(policy.channel.picks(1)).toEqual([a]);
  });

  it('fail waiting calls of a policy whose instances have all failed while others still connect', () => {
    const methods = { canary: filterInstances(roundRobin(), { version: '2.0.0' }) };
    const policy = new ScriptedPolicy(roundRobin(), methods);
    const canary = instanceAt('10.0.1.0:1', { version: '2.0.0' });
    policy.list([...fleet(2), canary]);
    const resultOf = (name: string) => policy.channel.pick(new Metadata(), { policy: name });
    expect(resultOf('canary').pickResultType).toBe(PickResultType.QUEUE);
    policy.channel.takeStates();
    policy.channel.at(canary.address).go('TRANSIENT_FAILURE', 'refused');
    // Published again: only then does grpc-js pick again for waiting calls.
    expect(policy.channel.takeStates()).toEqual(['CONNECTING']);
    expect(resultOf('canary').pickResultType).toBe(PickResultType.TRANSIENT_FAILURE);
    expect(resultOf('').pickResultType).toBe(PickResultType.QUEUE);
  });

  it('keep what they have learned when another one changes', () => {
    const policy = new ScriptedPolicy(roundRobin(), { other: roundRobin() });
    policy.connect(...fleet(3));
    expect([1, 2].map(() => pickBy(policy, 'other'))).toEqual([a, b]);
    policy.configure(leastRequest(), { other: roundRobin() });
    policy.list(fleet(3));
    expect(pickBy(policy, 'other')).toBe(c);
    expect(policy.channel.subchannels).toHaveLength(3);
  });
});

describe('a change of one of 200 instances', () => {
  it.each([
    ['round_robin', roundRobin()],
    ['least_request', leastRequest()],
    ['subset', subset(roundRobin(), { size: 50, clientId: 'x' })],
  ])('touches one subchannel at most under %s', (_, config) => {
    const policy = new ScriptedPolicy(config);
    policy.list(fleet(200));
    const before = policy.channel.subchannels.length;
    policy.list(fleet(201));
    expect(policy.channel.subchannels.length - before).toBeLessThanOrEqual(1);
    policy.list(fleet(200));
    const released = policy.channel.subchannels.filter(({ refs }) => refs === 0);
    expect(released.length).toBeLessThanOrEqual(2);
  });

  it('creates no picker until a call needs one, however many become ready', () => {
    const policy = new ScriptedPolicy(roundRobin());
    policy.list(fleet(200));
    for (const { address } of fleet(200)) policy.channel.ready(address);
    expect(new Set(policy.channel.picks(200)).size).toBe(200);
  });
});

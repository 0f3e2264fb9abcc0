import { describe, expect, it } from '@jest/globals';
import type { ServiceInstance } from '@grpc-discovery/registry';
import { seeded, tally } from '../spec/random.js';
import { instanceAt } from '../spec/instances.js';
import { ScriptedPolicy } from '../spec/scripted-policy.js';
import { filterInstances } from './filter-instances.js';
import { preferLocality } from './prefer-locality.js';
import { roundRobin } from './round-robin.js';
import { subset } from './subset.js';

const held = ({ channel }: ScriptedPolicy) =>
  channel.subchannels.filter(({ refs }) => refs > 0).map(({ address }) => address);

describe('filter_instances', () => {
  const old = instanceAt('10.0.0.1:1');
  const canary = instanceAt('10.0.0.2:1', { version: '2.0.0', metadata: { track: 'canary' } });

  it('connects to and calls only instances that match', () => {
    for (const options of [{ version: '2.0.0' }, { metadata: { track: 'canary' } }]) {
      const policy = new ScriptedPolicy(filterInstances(roundRobin(), options));
      policy.connect(old, canary);
      expect(held(policy)).toEqual([canary.address]);
      expect(policy.channel.picks(2)).toEqual([canary.address, canary.address]);
    }
  });

  it('fails calls with the filter if none matches', () => {
    const options = { version: '3.0.0', metadata: { track: 'canary' } };
    const policy = new ScriptedPolicy(filterInstances(roundRobin(), options));
    policy.connect(old, canary);
    expect(policy.channel.pick().status?.details).toBe(
      'None of 2 instances of it has version 3.0.0 and metadata track=canary',
    );
    expect(held(policy)).toEqual([]);
  });

  it('calls all if none matches and the option allows it, and only matching ones once there are any', () => {
    const options = { version: '2.0.0', whenNoneMatches: 'all' as const };
    const policy = new ScriptedPolicy(filterInstances(roundRobin(), options));
    policy.connect(old);
    expect(policy.channel.picks(1)).toEqual([old.address]);
    policy.connect(old, canary);
    expect(policy.channel.picks(2)).toEqual([canary.address, canary.address]);
    expect(held(policy)).toEqual([canary.address]);
  });

  it('follows new metadata on an old address without a new connection', () => {
    const options = { metadata: { track: 'canary' } };
    const methods = { all: roundRobin() };
    const policy = new ScriptedPolicy(filterInstances(roundRobin(), options), methods);
    policy.connect(old, canary);
    policy.list([
      { ...old, metadata: { track: 'canary' } },
      { ...canary, metadata: {} },
    ]);
    expect(policy.channel.picks(2)).toEqual([old.address, old.address]);
    expect(policy.channel.subchannels).toHaveLength(2);
  });
});

describe('subset', () => {
  const fleet = (count: number) =>
    Array.from({ length: count }, (_, i) => instanceAt(`10.0.${i >> 8}.${i & 255}:1`));
  const chosen = (list: readonly ServiceInstance[], options: object) => {
    const policy = new ScriptedPolicy(subset(roundRobin(), { size: 10, ...options }));
    policy.list(list);
    return new Set(held(policy));
  };
  const missing = (one: ReadonlySet<string>, other: ReadonlySet<string>) =>
    [...one].filter((address) => !other.has(address)).length;

  it('is the same for the same client in any order of the list, and contains all instances if there are few', () => {
    const first = chosen(fleet(100), { clientId: 'gateway-1' });
    expect(first.size).toBe(10);
    expect(chosen(fleet(100).reverse(), { clientId: 'gateway-1' })).toEqual(first);
    expect(chosen(fleet(10), { clientId: 'gateway-1' }).size).toBe(10);
  });

  it('changes by one instance at most when one comes or goes', () => {
    let changes = 0;
    for (let client = 0; client < 50; client++) {
      const clientId = `gateway-${client}`;
      const before = chosen(fleet(100), { clientId });
      const after = chosen(fleet(100).slice(1), { clientId });
      expect(missing(before, after)).toBeLessThanOrEqual(1);
      changes += missing(before, after);
    }
    // Only the clients that had the instance: a tenth, on average.
    expect(changes).toBeLessThan(12);
  });

  it('changes by two instances at most for clients with a number', () => {
    for (let clientIndex = 0; clientIndex < 50; clientIndex++) {
      const before = chosen(fleet(100), { clientIndex });
      expect(missing(before, chosen(fleet(100).slice(1), { clientIndex }))).toBeLessThanOrEqual(2);
    }
  });

  it('loads instances evenly by clients with numbers, and on average by named ones', () => {
    const loads = (optionsOf: (client: number) => object) => {
      const all = Array.from({ length: 200 }, (_, i) => [...chosen(fleet(50), optionsOf(i))]);
      return Object.values(tally(all.flat()));
    };
    const even = loads((clientIndex) => ({ clientIndex }));
    expect([even.length, Math.max(...even) <= 44, Math.min(...even) >= 36]).toEqual([
      50,
      true,
      true,
    ]);
    const named = loads((client) => ({ clientId: `gateway-${client}` }));
    expect([named.length, Math.max(...named) <= 60, Math.min(...named) >= 20]).toEqual([
      50,
      true,
      true,
    ]);
  });
});

describe('prefer_locality', () => {
  const at = (address: string, region: string, zone: string, weight = 100) =>
    instanceAt(address, { weight, locality: { region, zone, subZone: '' } });
  const near = [1, 2, 3, 4].map((i) => at(`10.0.1.${i}:1`, 'eu', 'eu-1'));
  const region = [1, 2].map((i) => at(`10.0.2.${i}:1`, 'eu', 'eu-2'));
  const far = [1, 2].map((i) => at(`10.0.3.${i}:1`, 'us', 'us-1'));
  const locality = { region: 'eu', zone: 'eu-1' };
  const share = (policy: ScriptedPolicy, priority: readonly ServiceInstance[]) => {
    const addresses = new Set(priority.map(({ address }) => address));
    const picks = policy.channel.picks(4_000);
    return picks.filter((address) => addresses.has(address!)).length / 4_000;
  };

  function connected(options = {}): ScriptedPolicy {
    const config = preferLocality(roundRobin(), { locality, ...options });
    const policy = new ScriptedPolicy(config, {}, seeded());
    policy.connect(...near, ...region, ...far);
    return policy;
  }

  it('stays in the zone while enough of it is ready', () => {
    const policy = connected();
    expect(share(policy, near)).toBe(1);
    policy.channel.at(near[0]!.address).go('IDLE');
    expect(share(policy, near)).toBe(1);
  });

  it('spills over to the region in proportion to what is missing', () => {
    const policy = connected();
    for (const { address } of near.slice(2)) policy.channel.at(address).go('IDLE');
    // Half of the zone can take 1.4 * 0.5 of the calls.
    expect(share(policy, near)).toBeCloseTo(0.7, 1);
    expect(share(policy, region)).toBeCloseTo(0.3, 1);
    expect(share(policy, far)).toBe(0);
  });

  it('goes anywhere when the region can take no more', () => {
    const policy = connected();
    for (const { address } of [...near, region[0]!]) policy.channel.at(address).go('IDLE');
    expect(share(policy, region)).toBeCloseTo(0.7, 1);
    expect(share(policy, far)).toBeCloseTo(0.3, 1);
    policy.channel.at(region[1]!.address).go('IDLE');
    expect(share(policy, far)).toBe(1);
  });

  it('loads what is left in proportion when all together is too little', () => {
    const policy = connected();
    for (const { address } of [...near.slice(1), region[0]!, ...far]) {
      policy.channel.at(address).go('IDLE');
    }
    // 1.4 / 4 of the zone and 1.4 / 2 of the region.
    expect(share(policy, near)).toBeCloseTo(1 / 3, 1);
  });

  it('counts capacity by weight', () => {
    const config = preferLocality(roundRobin(), { locality });
    const policy = new ScriptedPolicy(config, {}, seeded());
    const heavy = at('10.0.1.9:1', 'eu', 'eu-1', 300);
    policy.connect(heavy, near[0]!, ...region);
    policy.channel.at(heavy.address).go('IDLE');
    expect(share(policy, near)).toBeCloseTo(0.35, 1);
  });

  it('applies a new zone without a new connection', () => {
    const policy = connected();
    policy.list([...near, { ...region[0]!, locality: near[0]!.locality }, region[1]!, ...far]);
    expect(share(policy, [region[0]!])).toBeCloseTo(0.2, 1);
    expect(policy.channel.subchannels).toHaveLength(8);
  });
});

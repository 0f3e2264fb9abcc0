import { describe, expect, it } from '@jest/globals';
import { PickResultType } from '../grpc/experimental.js';
import { seeded, tally } from '../spec/random.js';
import { instanceAt } from '../spec/instances.js';
import { ScriptedPolicy } from '../spec/scripted-policy.js';
import { pickFirst } from './pick-first.js';
import { random } from './random.js';
import { roundRobin } from './round-robin.js';

const [a, b, c] = ['10.0.0.1:1', '10.0.0.2:1', '10.0.0.3:1'] as const;
const weighted = [instanceAt(a, { weight: 100 }), instanceAt(b, { weight: 300 })];

describe('round_robin', () => {
  it('gives each instance its turn, whatever the weights', () => {
    const policy = new ScriptedPolicy(roundRobin());
    policy.connect(...weighted, instanceAt(c));
    expect(policy.channel.picks(6)).toEqual([a, b, c, a, b, c]);
  });

  it('gives an instance of weight 0 no turn if others have a weight', () => {
    const policy = new ScriptedPolicy(roundRobin());
    policy.connect(instanceAt(a), instanceAt(b, { weight: 0 }));
    expect(policy.channel.picks(3)).toEqual([a, a, a]);
  });

  it('continues in its order when a neighbour reconnects', () => {
    const policy = new ScriptedPolicy(roundRobin());
    policy.connect(instanceAt(a), instanceAt(b), instanceAt(c));
    expect(policy.channel.picks(2)).toEqual([a, b]);
    policy.channel.at(a).go('IDLE');
    expect(policy.channel.picks(2)).toEqual([c, b]);
  });

  it('waits, and then fails, when the list becomes empty', () => {
    const policy = new ScriptedPolicy(roundRobin());
    policy.connect(instanceAt(a));
    policy.noInstance('none');
    expect(policy.channel.pick().status?.details).toBe('none');
    expect(policy.channel.at(a).refs).toBe(0);
  });
});

describe('random', () => {
  it.each([
    [0, a],
    [0.2499, a],
    [0.25, b],
    [0.9999, b],
  ])('chooses by weight for the random number %d', (point, address) => {
    const policy = new ScriptedPolicy(random(), {}, () => point);
    policy.connect(...weighted);
    expect(policy.channel.picks(2)).toEqual([address, address]);
  });

  it('spreads 4,000 calls by weight, within 5 %', () => {
    const policy = new ScriptedPolicy(random(), {}, seeded());
    policy.connect(...weighted);
    const counts = tally(policy.channel.picks(4_000));
    expect(Math.abs(counts[a]! - 1_000)).toBeLessThan(50);
  });

  it('gives equal shares when all have weight 0', () => {
    const policy = new ScriptedPolicy(random(), {}, seeded());
    policy.connect(instanceAt(a, { weight: 0 }), instanceAt(b, { weight: 0 }));
    expect(Math.abs(tally(policy.channel.picks(4_000))[a]! - 2_000)).toBeLessThan(100);
  });
});

describe('pick_first', () => {
  const inOrder = pickFirst({ shuffleAddressList: false });
  const list = [instanceAt(a), instanceAt(b), instanceAt(c)];
  const held = ({ channel }: ScriptedPolicy) =>
    channel.subchannels.filter(({ refs }) => refs > 0).map(({ address }) => address);

  it('connects to one instance and sends all calls to it', () => {
    const policy = new ScriptedPolicy(inOrder);
    policy.list(list);
    expect(held(policy)).toEqual([a]);
    expect(policy.channel.pick().pickResultType).toBe(PickResultType.QUEUE);
    policy.channel.at(a).go('READY');
    expect(policy.channel.picks(3)).toEqual([a, a, a]);
  });

  it('tries the next instance when one fails, and drops the failed one once another is ready', () => {
    const policy = new ScriptedPolicy(inOrder);
    policy.list(list);
    policy.channel.at(a).go('TRANSIENT_FAILURE', 'refused');
    expect(held(policy)).toEqual([a, b]);
    policy.channel.at(b).go('READY');
    expect(held(policy)).toEqual([b]);
    expect(policy.channel.picks(2)).toEqual([b, b]);
  });

  it('fails when all have failed, while each keeps trying', () => {
    const policy = new ScriptedPolicy(inOrder);
    policy.list(list);
    for (const address of [a, b, c]) policy.channel.at(address).go('TRANSIENT_FAILURE', 'refused');
    expect(policy.channel.takeStates()).toEqual([
      'CONNECTING',
      `TRANSIENT_FAILURE: No connection to any of 3 instances of it. Last error: ${c}: refused`,
    ]);
    expect(policy.channel.subchannels).toHaveLength(3);
  });

  it('stays with its instance when the list changes around it', () => {
    const policy = new ScriptedPolicy(inOrder);
    policy.list([instanceAt(b)]);
    policy.channel.at(b).go('READY');
    policy.list(list);
    expect(held(policy)).toEqual([b]);
    policy.list([instanceAt(a), instanceAt(c)]);
    expect(held(policy)).toEqual([a]);
  });

  it('shuffles at random, once per instance', () => {
    const policy = new ScriptedPolicy(pickFirst(), {}, seeded(7));
    policy.list(list);
    const [first] = held(policy);
    policy.list([...list].reverse());
    expect(held(policy)).toEqual([first]);
    const others = new Set(
      Array.from({ length: 30 }, (_, seed) => {
        const other = new ScriptedPolicy(pickFirst(), {}, seeded(1_000 * seed + 1));
        other.list(list);
        return held(other)[0];
      }),
    );
    expect(others.size).toBeGreaterThan(1);
  });
});

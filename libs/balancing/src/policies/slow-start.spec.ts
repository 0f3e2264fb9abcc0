import { describe, expect, it } from '@jest/globals';
import { Metadata } from '@grpc/grpc-js';
import { withHashKey } from '../grpc/call-values.js';
import { seeded, tally } from '../spec/random.js';
import { instanceAt } from '../spec/instances.js';
import { ScriptedPolicy } from '../spec/scripted-policy.js';
import { consistentHash } from './consistent-hash.js';
import { leastRequest } from './least-request.js';
import type { PolicyConfig } from './policy.js';
import { random } from './random.js';
import { roundRobin } from './round-robin.js';
import { slowStart } from './slow-start.js';
import { weightedRoundRobin } from './weighted-round-robin.js';

const [a, b, c] = ['10.0.0.1:1', '10.0.0.2:1', '10.0.0.3:1'] as const;

function connected(child: PolicyConfig): ScriptedPolicy {
  const policy = new ScriptedPolicy(slowStart(child, { windowMs: 10_000 }), {}, seeded());
  policy.connect(instanceAt(a), instanceAt(b));
  return policy;
}

function joined(child: PolicyConfig): ScriptedPolicy {
  const policy = connected(child);
  policy.now = 1_000;
  policy.connect(instanceAt(a), instanceAt(b), instanceAt(c));
  return policy;
}

/** The newcomer's calls, by those of one of the others. */
function shareOf(policy: ScriptedPolicy, count = 6_000): number {
  const counts = tally(
    Array.from({ length: count }, () => {
      const call = policy.channel.call();
      call.end();
      return call.address;
    }),
  );
  return (counts[c] ?? 0) / ((counts[a]! + counts[b]!) / 2);
}

describe('slow_start', () => {
  it.each([
    ['round_robin', roundRobin(), [0.1, 0.25, 0.5, 1, 1]],
    ['weighted_round_robin', weightedRoundRobin(), [0.1, 0.25, 0.5, 1, 1]],
    // Calls that it does not get are spread over the others at random, too: s / (1 + (1 - s) / 2).
    ['random', random(), [0.07, 0.18, 0.4, 1, 1]],
  ])('over %s lets a new instance grow from a tenth to its full share', (_, child, expected) => {
    const policy = joined(child);
    const shares = [0, 2_500, 5_000, 9_999, 20_000].map((sinceSeen) => {
      policy.now = 1_000 + sinceSeen;
      return shareOf(policy);
    });
    expected.forEach((share, i) => expect(shares[i]).toBeCloseTo(share, 1));
  });

  it('over least_request keeps a new instance from all calls at once', () => {
    const policy = joined(leastRequest());
    const open = Array.from({ length: 300 }, () => policy.channel.call().address);
    expect(tally(open)[c]!).toBeLessThan(80);
  });

  it('gives the instances of the first list their full share at once', () => {
    expect(connected(roundRobin()).channel.picks(4)).toEqual([a, b, a, b]);
  });

  it('counts from when the instance was seen, not from when it was ready', () => {
    const policy = connected(roundRobin());
    policy.now = 1_000;
    policy.list([instanceAt(a), instanceAt(b), instanceAt(c)]);
    policy.now = 11_000;
    policy.channel.ready(c);
    expect(shareOf(policy)).toBeCloseTo(1, 1);
  });

  it('is over for an instance that reconnects, and starts again for another process', () => {
    const policy = joined(roundRobin());
    policy.now = 20_000;
    policy.channel.at(c).go('IDLE');
    policy.channel.at(c).go('READY');
    expect(shareOf(policy)).toBeCloseTo(1, 1);
    policy.list([instanceAt(a), instanceAt(b), instanceAt(c, { id: 'another' })]);
    expect(shareOf(policy)).toBeCloseTo(0.1, 1);
  });

  it('is over for an instance that was absent for a moment', () => {
    const policy = joined(roundRobin());
    policy.now = 20_000;
    policy.connect(instanceAt(a), instanceAt(b));
    policy.now = 21_000;
    policy.connect(instanceAt(a), instanceAt(b), instanceAt(c));
    expect(shareOf(policy)).toBeCloseTo(1, 1);
  });

  it('shares evenly when all are new', () => {
    const policy = connected(roundRobin());
    policy.now = 1_000;
    const fresh = [a, b, c].map((address) => instanceAt(address, { id: `new ${address}` }));
    policy.connect(...fresh);
    expect(shareOf(policy)).toBeCloseTo(1, 1);
  });

  it('moves keys to a new instance one after the other, each of them once', () => {
    const policy = joined(consistentHash());
    const keys = Array.from({ length: 2_000 }, (_, i) => withHashKey(new Metadata(), `user-${i}`));
    const owned = [0, 3_000, 6_000, 10_000].map((sinceSeen) => {
      policy.now = 1_000 + sinceSeen;
      return keys.map((key) => policy.channel.pick(key).subchannel!.getAddress() === c);
    });
    const counts = owned.map((isOwned) => isOwned.filter(Boolean).length);
    [0.1, 0.3, 0.6, 1].forEach((share, i) =>
      expect(counts[i]! / (2_000 / 3)).toBeCloseTo(share, 1),
    );
    for (let i = 1; i < owned.length; i++) {
      expect(owned[i - 1]!.every((isOwned, key) => !isOwned || owned[i]![key])).toBe(true);
    }
  });
});

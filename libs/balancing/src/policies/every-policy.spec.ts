import type { ServiceInstance } from '@grpc-discovery/registry';
import { Metadata, status } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { withHashKey } from '../grpc/call-values.js';
import { encodeLoadReport, LOAD_REPORT_TRAILER } from '../reports/load-report.js';
import { seeded, tally } from '../spec/random.js';
import { instanceAt } from '../spec/instances.js';
import { ScriptedPolicy } from '../spec/scripted-policy.js';
import { consistentHash } from './consistent-hash.js';
import { filterInstances } from './filter-instances.js';
import { leastRequest } from './least-request.js';
import { pickFirst } from './pick-first.js';
import { ownPolicyNames } from './policies.js';
import type { PolicyConfig } from './policy.js';
import { preferLocality } from './prefer-locality.js';
import { random } from './random.js';
import { roundRobin } from './round-robin.js';
import { slowStart } from './slow-start.js';
import { subset } from './subset.js';
import { weightedRoundRobin } from './weighted-round-robin.js';

interface Case {
  readonly policy: PolicyConfig;
  /** Whether one instance may have all calls, though others are as good. */
  readonly one?: boolean;
}

/** By the name of the policy: a policy without a case fails the first spec. */
const CASES: Readonly<Record<string, readonly Case[]>> = {
  consistent_hash: [
    { policy: consistentHash() },
    { policy: consistentHash({ boundedLoad: 1.25 }) },
  ],
  filter_instances: [{ policy: filterInstances(roundRobin(), { version: '1.0.0' }) }],
  least_request: [{ policy: leastRequest() }],
  pick_first: [
    { policy: pickFirst(), one: true },
    { policy: pickFirst({ shuffleAddressList: false }), one: true },
  ],
  prefer_locality: [
    { policy: preferLocality(roundRobin(), { locality: { region: 'eu', zone: 'eu-1' } }) },
  ],
  random: [{ policy: random() }],
  round_robin: [{ policy: roundRobin() }],
  slow_start: [
    { policy: slowStart(roundRobin(), { windowMs: 30_000 }) },
    { policy: slowStart(leastRequest(), { windowMs: 30_000 }) },
  ],
  subset: [
    { policy: subset(roundRobin(), { size: 1 }), one: true },
    { policy: subset(roundRobin(), { size: 2, clientId: 'gateway' }), one: true },
    { policy: subset(pickFirst(), { size: 2, clientIndex: 1 }), one: true },
  ],
  weighted_round_robin: [
    { policy: weightedRoundRobin() },
    { policy: weightedRoundRobin({ weights: 'reported' }) },
  ],
};
const ALL = Object.values(CASES).flatMap((cases) =>
  cases.map(({ policy, one = false }) => [JSON.stringify(policy), policy, one] as const),
);

const ADDRESSES = ['10.0.0.1:1', '10.0.0.2:1', '10.0.0.3:1'];
const CALLS = 3_000;
const at = (address: string, weight = 100): ServiceInstance =>
  instanceAt(address, { weight, version: '1.0.0' });

describe('Every policy', () => {
  it('has a case here', () => {
    expect(Object.keys(CASES).sort()).toEqual([...ownPolicyNames].sort());
  });

  describe.each(ALL)('%s', (_, config, one) => {
    /** How many calls an instance may have too many or too few: all of them, if one instance may serve all. */
    const most = (share: number) => (one ? CALLS : share * CALLS);
    function connected(...instances: readonly ServiceInstance[]): ScriptedPolicy {
      const policy = new ScriptedPolicy(config, {}, seeded(7));
      policy.list(instances);
      // Policies that choose connect to others once the first are ready.
      for (let i = 0; i < 3; i++) readyAll(policy);
      policy.now += 600_000;
      return policy;
    }

    it.each(ADDRESSES)('sends nothing to %s once it drains', (drained) => {
      const policy = connected(...ADDRESSES.map((address) => at(address)));
      policy.list(ADDRESSES.map((address) => at(address, address === drained ? 0 : 100)));
      for (let i = 0; i < 3; i++) readyAll(policy);
      const picked = shares(policy);
      expect(picked[drained] ?? 0).toBe(0);
      expect(total(picked)).toBe(CALLS);
    });

    it('calls the only instance that does not drain, and draining ones if all drain', () => {
      const [a, b, c] = ADDRESSES as [string, string, string];
      const policy = connected(at(a, 0), at(b, 0), at(c));
      expect(shares(policy)).toEqual({ [c]: CALLS });
      policy.list([at(a, 0), at(b, 0), at(c, 0)]);
      for (let i = 0; i < 3; i++) readyAll(policy);
      expect(total(shares(policy))).toBe(CALLS);
    });

    it('gives equal weights equal shares', () => {
      const picked = shares(connected(...ADDRESSES.map((address) => at(address))));
      expect(total(picked)).toBe(CALLS);
      for (const address of ADDRESSES) {
        expect(Math.abs((picked[address] ?? 0) - CALLS / 3)).toBeLessThanOrEqual(most(0.1));
      }
    });

    it.each([
      [Infinity, 1, 0],
      [NaN, NaN, NaN],
      [1, 1e-320, 0],
      [-1, 0.5, 0],
      [1e300, 1e-300, 0],
      [100, 0.5, Infinity],
    ])(
      'gives no instance all calls for a report of %p calls per second, utilisation %p, %p errors',
      (callsPerSecond, utilization, errorsPerSecond) => {
        const policy = connected(...ADDRESSES.map((address) => at(address)));
        const good = { callsPerSecond: 100, utilization: 0.5, errorsPerSecond: 0 };
        const wrong = { callsPerSecond, utilization, errorsPerSecond };
        for (let i = 0; i < 30; i++)
          call(policy, (address) => (address === ADDRESSES[0] ? wrong : good));
        policy.now += 60_000;
        for (let i = 0; i < 30; i++)
          call(policy, (address) => (address === ADDRESSES[0] ? wrong : good));
        policy.now += 2_000;
        const picked = shares(policy);
        expect(total(picked)).toBe(CALLS);
        for (const address of ADDRESSES) {
          expect(picked[address] ?? 0).toBeLessThanOrEqual(most(0.6));
        }
      },
    );

    it('gives an instance that failed once its share again, even though a stream is open to each', () => {
      const policy = connected(...ADDRESSES.map((address) => at(address)));
      const open = new Set<string>();
      for (let i = 0; i < 100 && open.size < 3; i++) open.add(start(policy).address);
      for (let i = 0; i < 90; i++) {
        const started = start(policy);
        policy.now += 5;
        started.end(started.address === ADDRESSES[0] && i > 60 ? status.UNAVAILABLE : status.OK);
      }
      // Eighteen half-lives of the slowest average.
      const picked: string[] = [];
      for (let i = 0; i < 900; i++) {
        const started = start(policy);
        policy.now += 100;
        started.end(status.OK);
        picked.push(started.address);
      }
      const late = tally(picked.slice(-300));
      const least = one ? 0 : 30;
      expect(late[ADDRESSES[0]!] ?? 0).toBeGreaterThanOrEqual(least);
    });
  });
});

function readyAll({ channel }: ScriptedPolicy): void {
  for (const { address, refs } of channel.subchannels) if (refs > 0) channel.ready(address);
  channel.takeStates();
}

let keys = 0;

const start = ({ channel }: ScriptedPolicy) =>
  channel.call(withHashKey(new Metadata(), `key-${keys++}`));

function call(
  policy: ScriptedPolicy,
  reportOf: (address: string) => Parameters<typeof encodeLoadReport>[0],
) {
  const started = start(policy);
  policy.now += 5;
  const trailers = new Metadata();
  trailers.set(LOAD_REPORT_TRAILER, encodeLoadReport(reportOf(started.address)));
  started.end(status.OK, trailers);
}

function shares(policy: ScriptedPolicy): Record<string, number> {
  const picked: string[] = [];
  for (let i = 0; i < CALLS; i++) {
    const started = start(policy);
    policy.now += 1;
    started.end(status.OK);
    picked.push(started.address);
  }
  return tally(picked);
}

function total(picked: Readonly<Record<string, number>>): number {
  return Object.values(picked).reduce((sum, count) => sum + count, 0);
}

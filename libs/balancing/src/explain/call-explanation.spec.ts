import { afterEach, describe, expect, it } from '@jest/globals';
import { Metadata } from '@grpc/grpc-js';
import { until } from '@grpc-discovery/test-support';
import type { ServiceInstance } from '@grpc-discovery/registry';
import { consistentHash } from '../policies/consistent-hash.js';
import { filterInstances } from '../policies/filter-instances.js';
import { leastRequest } from '../policies/least-request.js';
import { pickFirst } from '../policies/pick-first.js';
import type { PolicyConfig } from '../policies/policy.js';
import { preferLocality } from '../policies/prefer-locality.js';
import { random } from '../policies/random.js';
import { roundRobin } from '../policies/round-robin.js';
import { slowStart } from '../policies/slow-start.js';
import { subset } from '../policies/subset.js';
import { weightedRoundRobin } from '../policies/weighted-round-robin.js';
import type { MethodOptionsByPath } from '../resolver/method-options.js';
import { instanceAt } from '../spec/instances.js';
import { ScriptedService } from '../spec/scripted-service.js';
import { explainCall } from './channel-view.js';

const method = '/helloworld.Greeter/SayHello';
const a = '10.0.0.1:1';
const b = '10.0.0.2:1';
const c = '10.0.0.3:1';

describe('the explanation of a call', () => {
  let service: ScriptedService;
  afterEach(() => service.destroy());

  function serve(policy: PolicyConfig, methods: MethodOptionsByPath = {}): void {
    service = new ScriptedService({ policy, methods, health: false });
  }

  function list(...instances: (string | ServiceInstance)[]): void {
    service.watcher.live(...instances.map((it) => (typeof it === 'string' ? instanceAt(it) : it)));
  }

  function connect(...instances: (string | ServiceInstance)[]): void {
    list(...instances);
    for (const subchannel of service.used) subchannel.go('READY');
  }

  const explain = (hashKey?: string) =>
    service.explain(hashKey === undefined ? { method } : { method, hashKey })!;
  const passedOver = () => explain().candidates.map((it) => it.passedOver);
  const views = (hashKey?: string) => explain(hashKey).candidates.map((it) => it.policyView);

  it('is undefined before the registry has answered, after the channel has closed, and for other channels', () => {
    serve(roundRobin());
    expect(service.explain({ method })).toBeUndefined();
    expect(explainCall({}, { method })).toBeUndefined();
    connect(a);
    expect(service.explain({ method })).toBeDefined();
    service.destroy();
    expect(service.explain({ method })).toBeUndefined();
  });

  it('contains everything about an instance', () => {
    serve(roundRobin());
    connect(instanceAt(a, { id: 'greeter-1', weight: 7 }));
    expect(explain()).toEqual({
      method,
      policy: 'round_robin',
      candidates: [
        {
          instanceId: 'greeter-1',
          address: a,
          passedOver: undefined,
          reason: undefined,
          weight: 7,
          inFlight: undefined,
          latencyPerCallMs: undefined,
          policyView: {},
        },
      ],
      choice: { kind: 'instance', instanceId: 'greeter-1', address: a },
    });
  });

  it('advances a rotation by the turn of its choice and no more', () => {
    serve(roundRobin());
    connect(a, b, c);
    const [first, second, third] = service.channel.picks(3);
    expect(explain().choice).toMatchObject({ address: first });
    expect(service.describe()!.counts.ready).toBe(3);
    expect(service.channel.picks(3)).toEqual([second, third, first]);
  });

  it('contains instances that the channel does not call, and why', () => {
    serve(roundRobin());
    list(a, b, c, '10.0.0.4:1', instanceAt('10.0.0.5:1', { weight: 0 }));
    service.channel.at(a).go('READY');
    service.channel.at(b).go('TRANSIENT_FAILURE', 'connect ECONNREFUSED');
    service.channel.at('10.0.0.4:1').go('READY');
    service.channel.at('10.0.0.4:1').setHealthy(false);
    service.channel.at('10.0.0.5:1').go('READY');
    expect(passedOver()).toEqual([undefined, 'failing', 'connecting', 'ejected', 'draining']);
    expect(explain().candidates[1]!.reason).toBe('connect ECONNREFUSED');
    expect(explain().choice).toMatchObject({ address: a });
    const { passedOver: counts } = service.describe()!;
    expect(counts).toMatchObject({ failing: 1, connecting: 1, ejected: 1, draining: 1 });
  });

  it('contains instances of weight 0 that are called because there are no others', () => {
    serve(roundRobin());
    connect(instanceAt(a, { weight: 0 }));
    expect(passedOver()).toEqual([undefined]);
  });

  it('names the filter that removed an instance, with one filter around another', () => {
    const version = '2';
    serve(filterInstances(subset(roundRobin(), { size: 1, clientId: 'c' }), { version }));
    connect(a, instanceAt(b, { version }), instanceAt(c, { version }));
    expect(explain().policy).toBe('filter_instances > subset > round_robin');
    const [first, ...others] = passedOver();
    expect(first).toBe('not-matching');
    expect(others.sort()).toEqual(['not-in-subset', undefined]);
    const { passedOver: counts } = service.describe()!;
    expect(counts).toMatchObject({ 'not-matching': 1, 'not-in-subset': 1 });
  });

  it('names no filter that lets all pass because none matches', () => {
    serve(filterInstances(roundRobin(), { version: '2', whenNoneMatches: 'all' }));
    connect(a, b);
    expect(passedOver()).toEqual([undefined, undefined]);
  });

  it('explains why a call fails if a filter leaves no instance', () => {
    serve(filterInstances(roundRobin(), { version: '2' }));
    list(a);
    expect(passedOver()).toEqual(['not-matching']);
    expect(explain().choice).toMatchObject({ kind: 'fails' });
    expect(explain().choice).toHaveProperty('details', expect.stringContaining('version 2'));
  });

  it('reports that a call waits while its instances connect', () => {
    serve(roundRobin());
    list(a);
    expect(explain().choice).toEqual({ kind: 'waits' });
  });

  it('contains instances after the first', () => {
    serve(pickFirst({ shuffleAddressList: false }));
    list(a, b);
    service.channel.at(a).go('READY');
    expect(passedOver()).toEqual([undefined, 'not-first']);
  });

  it('contains instances that are farther than needed, and the load of each priority', () => {
    const near = { region: 'eu', zone: 'a', subZone: '' };
    serve(preferLocality(random(), { locality: { region: 'eu', zone: 'a' } }));
    connect(
      instanceAt(a, { locality: near }),
      instanceAt(b, { locality: { ...near, zone: 'b' } }),
      instanceAt(c, { locality: { ...near, region: 'us' } }),
    );
    expect(passedOver()).toEqual([undefined, 'other-locality', 'other-locality']);
    expect(views()).toEqual([
      { tier: 0, shareOfTier: 1, share: 1 },
      { tier: 1, shareOfTier: 0, share: 1 },
      { tier: 2, shareOfTier: 0, share: 1 },
    ]);
  });

  it("contains the slot of a call's key, its owner and the bound", () => {
    serve(consistentHash({ metadata: 'x-user', boundedLoad: 1.25, tableSize: 1_024 }));
    connect(a, b);
    const [one, other] = views('ann');
    expect(one!.slot).toBe(other!.slot);
    expect(one!.ownsSlot! + other!.ownsSlot!).toBe(1);
    expect(one!.mostCalls).toBe(8);
    const owner = explain('ann').candidates.find(({ policyView }) => policyView.ownsSlot === 1)!;
    expect(explain('ann').choice).toEqual({
      kind: 'instance',
      instanceId: owner.instanceId,
      address: owner.address,
    });
    const metadata = new Metadata();
    metadata.set('x-user', 'ann');
    expect(service.explain({ method, metadata })).toEqual(explain('ann'));
    expect(metadata.getMap()).toEqual({ 'x-user': 'ann' });
    expect(views()).toEqual([{ mostCalls: 8 }, { mostCalls: 8 }]);
  });

  it('contains calls in flight and latencies if a policy of the channel observes them', () => {
    serve(leastRequest());
    connect(a, instanceAt(b, { weight: 50 }));
    const [one] = Array.from({ length: 11 }, () => {
      const call = service.channel.call();
      call.end();
      return call;
    });
    const call = service.channel.call();
    const { candidates } = explain();
    const busy = candidates.find(({ address }) => address === call.address)!;
    expect(busy.inFlight).toBe(1);
    expect(busy.policyView).toEqual({ callsPerWeight: 2 / busy.weight });
    expect(one!.address).toBe(a);
    expect(candidates[0]!.latencyPerCallMs).toBeGreaterThan(0);
    const withoutLatencies = () =>
      explain().candidates.map((each) => ({ ...each, latencyPerCallMs: undefined }));
    // It fades from one moment to the next.
    expect(withoutLatencies()).toEqual(withoutLatencies());
  });

  it('contains the slow-start share of an instance, and the share of its weight', async () => {
    serve(slowStart(random(), { windowMs: 3_600_000 }));
    connect(instanceAt(a, { weight: 300 }));
    list(instanceAt(a, { weight: 300 }), b);
    await until('the channel is up to date', () => service.describe()!.endpoints.length === 2);
    service.channel.ready(b);
    expect(views()).toEqual([
      { share: 0.75, slowStartShare: 1 },
      { share: 0.25, slowStartShare: 0.1 },
    ]);
  });

  it('contains reported weights', () => {
    serve(weightedRoundRobin({ weights: 'reported' }));
    connect(a, b);
    expect(views()).toEqual([{ reportedWeight: 1 }, { reportedWeight: 1 }]);
  });

  it('explains the policy of the method', () => {
    serve(roundRobin(), { [method]: { policy: filterInstances(random(), { version: '2' }) } });
    connect(a, instanceAt(b, { version: '2' }));
    expect(explain()).toMatchObject({
      policy: 'filter_instances > random',
      choice: { address: b },
    });
    expect(passedOver()).toEqual(['not-matching', undefined]);
    expect(service.explain({ method: '/helloworld.Greeter/Other' })!.policy).toBe('round_robin');
  });
});

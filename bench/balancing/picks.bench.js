// Time of a pick by policy and number of endpoints, against grpc-js's round_robin: the pickers alone, on subchannels that
// are always ready.
import { experimental, Metadata } from '@grpc/grpc-js';
import {
  consistentHash,
  filterInstances,
  leastRequest,
  pickFirst,
  preferLocality,
  random,
  roundRobin,
  slowStart,
  subset,
  weightedRoundRobin,
  withHashKey,
} from '@grpc-discovery/balancing';
import { ownPolicyNames } from '../../libs/balancing/dist/policies/policies.js';
import { median, table } from '../figures.js';
import { instances, readySubchannel, ScriptedBalancer } from './scripted-balancer.js';

const SIZES = [10, 100, 1000];
const ROUNDS = 5;
const ROUND_MS = 60;
/** Picks of one turn of the event loop. */
const BATCH = 1_000;

const locality = { region: 'eu', zone: 'eu-1' };
const keyed = Array.from({ length: 4_096 }, (_, i) => withHashKey(new Metadata(), `user-${i}`));
const plain = [new Metadata()];
const contenders = {
  "grpc-js's round_robin": { policy: undefined, metadata: plain },
  pick_first: { policy: pickFirst(), metadata: plain },
  round_robin: { policy: roundRobin(), metadata: plain },
  weighted_round_robin: { policy: weightedRoundRobin(), metadata: plain },
  'weighted_round_robin, reported': {
    policy: weightedRoundRobin({ weights: 'reported' }),
    metadata: plain,
  },
  random: { policy: random(), metadata: plain },
  least_request: { policy: leastRequest(), metadata: plain },
  consistent_hash: { policy: consistentHash(), metadata: keyed },
  'consistent_hash, bounded load': {
    policy: consistentHash({ boundedLoad: 1.25 }),
    metadata: keyed,
  },
  'slow_start(round_robin)': {
    policy: slowStart(roundRobin(), { windowMs: 30_000 }),
    metadata: plain,
  },
  'prefer_locality(round_robin)': {
    policy: preferLocality(roundRobin(), { locality }),
    metadata: plain,
  },
  'subset(filter_instances(least_request))': {
    policy: subset(filterInstances(leastRequest(), { version: '1.0.0' }), { size: 20 }),
    metadata: plain,
  },
};

// A policy that is new takes part with its defaults.
const known = Object.keys(contenders).join();
for (const name of ownPolicyNames) {
  if (!known.includes(name)) contenders[name] = { policy: { [name]: {} }, metadata: plain };
}

const rows = [];
for (const [name, { policy, metadata }] of Object.entries(contenders)) {
  const times = [];
  for (const size of SIZES) times.push(await nsPerPick(pickerOf(policy, size), metadata));
  const growth = times[2] / times[0];
  rows.push([name, ...times.map((ns) => ns.toFixed(0)), growth.toFixed(2)]);
}
table(['policy', ...SIZES.map((size) => `${size} endpoints, ns`), 'growth from 10 to 1,000'], rows);

async function nsPerPick(picker, metadata) {
  const calls = metadata.map((it) => ({ metadata: it, extraPickInfo: {} }));
  // All keys once: the owner of a slot is found when it is first asked for.
  for (const call of calls) picker.pick(call);
  const figures = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    let spent = 0;
    let picks = 0;
    while (spent < ROUND_MS) {
      const start = performance.now();
      for (let i = 0; i < BATCH; i += 1) picker.pick(calls[i % calls.length]);
      spent += performance.now() - start;
      picks += BATCH;
      // Picks count for their turn of the event loop.
      await new Promise(setImmediate);
    }
    figures.push((spent * 1e6) / picks);
  }
  return median(figures);
}

function pickerOf(policy, size) {
  if (!policy) return grpcJsPicker(size);
  const balancer = new ScriptedBalancer(policy, { random: Math.random });
  // Weights as operators give them: three sizes of machines.
  balancer.list(instances(size, (index) => 100 * (1 + (index % 3))));
  return balancer.picker;
}

function grpcJsPicker(size) {
  let picker;
  const nothing = () => undefined;
  const policy = new experimental.ChildLoadBalancerHandler({
    createSubchannel: (address) => readySubchannel(experimental.subchannelAddressToString(address)),
    updateState: (_, latest) => (picker = latest),
    requestReresolution: nothing,
    addChannelzChild: nothing,
    removeChannelzChild: nothing,
  });
  const list = instances(size).map(({ address }) => ({
    addresses: [experimental.splitHostPort(address)],
  }));
  const config = experimental.parseLoadBalancingConfig({ round_robin: {} });
  policy.updateAddressList(experimental.statusOrFromValue(list), config, {}, '');
  return picker;
}

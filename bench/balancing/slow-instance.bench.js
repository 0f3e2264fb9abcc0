// Latency when one of three instances is ten times slower: open loop, 60 % of the capacity offered. A simulation: the
// real pickers on a scripted clock, servers that are queues of one worker each (an event loop), exponential service
// times of 10, 10 and 100 ms, Poisson arrivals. An oracle that sees the servers' true queues gives the limit.
import { leastRequest, random, roundRobin, weightedRoundRobin } from '@grpc-discovery/balancing';
import { status, Metadata } from '@grpc/grpc-js';
import { median, table } from '../figures.js';
import { instances, ScriptedBalancer, seeded } from './scripted-balancer.js';

const SERVICE_MS = [10, 10, 100];
const CAPACITY_PER_MS = SERVICE_MS.reduce((sum, ms) => sum + 1 / ms, 0);
const ARRIVALS_PER_MS = 0.6 * CAPACITY_PER_MS;
const CALLS = 20_000;
/** Calls at the start that are not counted: nothing has been learned yet. */
const WARM_UP = 2_000;
const SEEDS = [1, 2, 3, 4, 5];

const list = instances(3);
const contenders = {
  round_robin: (sim) => balanced(roundRobin(), sim),
  weighted_round_robin: (sim) => balanced(weightedRoundRobin(), sim),
  random: (sim) => balanced(random(), sim),
  'least_request, choiceCount 2': (sim) => balanced(leastRequest({ choiceCount: 2 }), sim),
  least_request: (sim) => balanced(leastRequest(), sim),
  'oracle of true queues': oracle,
};

const trailers = new Metadata();
const results = Object.entries(contenders).map(([name, choose]) => [
  name,
  SEEDS.map((seed) => simulate(choose, seed)),
]);
const p99Of = Object.fromEntries(
  results.map(([name, runs]) => [name, median(runs.map(({ p99 }) => p99))]),
);
table(
  ['policy', 'p50, ms', 'p99, ms', 'p99 by round_robin', 'p99 by oracle', 'calls to the slow one'],
  results.map(([name, runs]) => [
    name,
    median(runs.map(({ p50 }) => p50)).toFixed(0),
    p99Of[name].toFixed(0),
    (p99Of[name] / p99Of.round_robin).toFixed(3),
    (p99Of[name] / p99Of['oracle of true queues']).toFixed(2),
    `${(100 * median(runs.map(({ slow }) => slow))).toFixed(1)} %`,
  ]),
);

function simulate(contender, seed) {
  const random = seeded(seed);
  const exponential = (mean) => -mean * Math.log(1 - random());
  const sim = { now: 0, queues: [0, 0, 0], random: seeded(seed + 100) };
  const freeAt = [0, 0, 0];
  const ends = [];
  const latencies = [];
  let slow = 0;
  const choose = contender(sim);
  let arrival = 0;
  for (let call = 0; call < CALLS; call += 1) {
    arrival += exponential(1 / ARRIVALS_PER_MS);
    while (ends.length > 0 && ends[0].at <= arrival) {
      const { at, index, end } = ends.shift();
      sim.now = at;
      sim.queues[index] -= 1;
      end();
    }
    sim.now = arrival;
    const { index, end } = choose();
    const at = Math.max(arrival, freeAt[index]) + exponential(SERVICE_MS[index]);
    freeAt[index] = at;
    sim.queues[index] += 1;
    // In order of time.
    ends.splice(ends.findLastIndex((other) => other.at <= at) + 1, 0, { at, index, end });
    if (call < WARM_UP) continue;
    latencies.push(at - arrival);
    if (index === 2) slow += 1;
  }
  latencies.sort((one, other) => one - other);
  const quantile = (q) => latencies[Math.floor(q * latencies.length)];
  return { p50: quantile(0.5), p99: quantile(0.99), slow: slow / latencies.length };
}

function balanced(policy, sim) {
  const balancer = new ScriptedBalancer(policy, { random: sim.random, now: () => sim.now });
  balancer.list(list);
  return () => {
    const { subchannel, onCallStarted, onCallEnded } = balancer.pick();
    onCallStarted?.();
    const address = subchannel.getAddress();
    const index = list.findIndex((instance) => instance.address === address);
    return { index, end: () => onCallEnded?.(status.OK, '', trailers) };
  };
}

/** Joins the queue in which the call is expected to end first. */
function oracle(sim) {
  return () => {
    const expected = sim.queues.map((queue, index) => (queue + 1) * SERVICE_MS[index]);
    return { index: expected.indexOf(Math.min(...expected)), end: () => undefined };
  };
}

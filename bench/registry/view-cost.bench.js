// What an event of etcd costs a process that watches a service: its view against one that sorts all instances anew, as a ratio
// within one run; and how that grows with the service. A snapshot is asked for once in 50 events, as often as a resolver takes one.
import { InstanceStore } from '../../libs/registry/dist/etcd/services/instance-store.js';
import { DEFAULT_LIMITS } from '../../libs/registry/dist/limits.js';
import { median, table } from '../figures.js';

const SIZES = [1_000, 5_000, 20_000];
const EVENTS = 2_000;
const EVENTS_PER_SNAPSHOT = 50;
const TURNS = 5;
const PREFIX = '/discovery/instances/greeter/';

const rows = SIZES.map((size) => {
  const kvs = Array.from({ length: size }, (_, i) => entryOf(i, 1n));
  const { events, sorts } = inTurns(size, kvs);
  const [eventUs, sortUs] = [median(events), median(sorts)];
  return [String(size), eventUs.toFixed(2), sortUs.toFixed(0), (eventUs / sortUs).toFixed(5)];
});
const growth = Number(rows.at(-1)[1]) / Number(rows[0][1]);
table(['instances', 'an event, µs', 'all sorted anew, µs', 'ratio'], rows);
console.log(
  `\nFrom ${SIZES[0]} to ${SIZES.at(-1)} instances an event costs ${growth.toFixed(2)} times as much.`,
);

function inTurns(size, kvs) {
  const events = [];
  const sorts = [];
  for (let turn = 0; turn < TURNS; turn++) {
    const view = newView();
    view.replace(1n, kvs);
    const { instances } = view.snapshot;
    events.push(usOf(() => change(view, size), EVENTS));
    sorts.push(usOf(() => sorted(instances), 1));
  }
  return { events, sorts };
}

function newView() {
  const fail = (...what) => {
    throw new Error(what.join(' '));
  };
  const limits = { ...DEFAULT_LIMITS, instancesPerService: 100_000 };
  return new InstanceStore('greeter', PREFIX, limits, { broken: fail, crowded: fail, calm: fail });
}

/** Half of the events are of instances that change, a quarter each of some that go and that come back. */
function change(view, size) {
  for (let i = 0; i < EVENTS; i++) {
    const at = (Math.floor(i / 2) * 7_919) % size;
    const kind = i % 4 === 2 ? 'delete' : 'put';
    view.apply([{ kind, ...entryOf(at, BigInt(i + 2)) }]);
    if (i % EVENTS_PER_SNAPSHOT === 0) view.snapshot.instances.length;
  }
}

function sorted(instances) {
  return [...instances].reverse().sort((a, b) => (a.id < b.id ? -1 : 1));
}

function entryOf(i, modRevision) {
  const id = `greeter-${(i * 2_654_435_761) % 4_294_967_296}`;
  const instance = { id, service: 'greeter', address: `127.0.0.1:${1 + (i % 60_000)}` };
  return { key: PREFIX + id, value: Buffer.from(JSON.stringify(instance)), modRevision };
}

function usOf(run, times) {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}

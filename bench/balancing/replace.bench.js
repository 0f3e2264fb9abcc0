// What it costs a client that one of its endpoints is replaced: a discovery channel, its resolver included, against
// grpc-js's round_robin, on real connections, in turns within one run. Beside them what no balancing can save: a channel of
// its own to the new endpoint is opened, and one to the old is closed.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, credentials } from '@grpc/grpc-js';
import {
  consistentHash,
  discoveryChannelOptions,
  discoveryTarget,
  installBalancing,
  leastRequest,
  weightedRoundRobin,
} from '@grpc-discovery/balancing';
import { table } from '../figures.js';
import { asked, tell as tellGrpcJs } from './static-resolver.js';

const SIZES = process.env.BENCH_SIZES?.split(',').map(Number) ?? [1000];
const UPDATES = 40;
const SETTLE_MS = 120;
const TURNS = 2;
const RESOLUTION_MS = 1;

/** As the registry has them: an entry that has not changed is the same object. */
const known = new Map();

installBalancing();
const contenders = {
  "grpc-js's round_robin": grpcJs,
  'connections alone': connections,
  weighted_round_robin: () => discovery(weightedRoundRobin()),
  least_request: () => discovery(leastRequest()),
  consistent_hash: () => discovery(consistentHash()),
};

const rows = [];
for (const size of SIZES) {
  const servers = fork(new URL('./servers.js', import.meta.url), [String(size + UPDATES)]);
  const [ports] = await once(servers, 'message');
  const results = {};
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const [name, open] of Object.entries(contenders)) {
      const result = await replaceOneByOne(await open(), ports, size);
      const best = (results[name] ??= result);
      // The machine is shared: the quietest of the turns counts, for each figure.
      best.cpuMs = Math.min(best.cpuMs, result.cpuMs);
      best.blockMs = Math.min(best.blockMs, result.blockMs);
      best.updateMs = Math.min(best.updateMs, result.updateMs);
    }
  }
  servers.disconnect();
  const base = results["grpc-js's round_robin"].cpuMs;
  for (const [name, { cpuMs, blockMs, updateMs }] of Object.entries(results)) {
    const ratio = (cpuMs / base).toFixed(3);
    const times = [updateMs, blockMs].map((ms) => ms.toFixed(1));
    rows.push([String(size), name, cpuMs.toFixed(2), ratio, ...times]);
  }
}
table(
  [
    'endpoints',
    'policy',
    'CPU per replacement, ms',
    'ratio',
    'longest list update, ms',
    'longest block of the event loop, ms',
  ],
  rows,
);

async function replaceOneByOne({ client, tell }, ports, size) {
  tell(ports.slice(0, size));
  // Until all are connected, and nothing is left to do.
  for (let busy = 1; busy > 0.05;) {
    const before = process.cpuUsage();
    await delay(500);
    busy = cpuMs(before) / 500;
  }
  const calling = callAlways(client);
  const loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  loop.enable();
  await delay(1_000);
  const idleBefore = process.cpuUsage();
  await delay(UPDATES * SETTLE_MS);
  const idle = cpuMs(idleBefore);
  loop.reset();
  let updateMs = 0;
  const before = process.cpuUsage();
  for (let i = 1; i <= UPDATES; i += 1) {
    const start = performance.now();
    tell(ports.slice(i, i + size));
    updateMs = Math.max(updateMs, performance.now() - start);
    await delay(SETTLE_MS);
  }
  const cpu = cpuMs(before) - idle;
  loop.disable();
  calling.stop();
  client.close();
  await delay(1_000);
  return { cpuMs: cpu / UPDATES, blockMs: loop.max / 1e6 - RESOLUTION_MS, updateMs };
}

/** A call each 40 ms: pickers that are made when they are needed are needed. */
function callAlways(client) {
  const bytes = (buffer) => buffer;
  const body = Buffer.alloc(0);
  const path = '/helloworld.Greeter/SayHello';
  const timer = setInterval(
    () => client.makeUnaryRequest(path, bytes, bytes, body, () => undefined),
    40,
  );
  return { stop: () => clearInterval(timer) };
}

function discovery(policy) {
  let listener = () => undefined;
  const watcher = {
    watch: (service, it) => {
      listener = it;
      const state = { kind: 'pending' };
      return { service, source: '/discovery/instances/greeter/', state, close: () => undefined };
    },
    close: () => Promise.resolve(),
  };
  const channelOptions = { 'grpc.use_local_subchannel_pool': 1 };
  const options = discoveryChannelOptions({ watcher, policy, channelOptions });
  const client = new Client(discoveryTarget('greeter'), credentials.createInsecure(), options);
  client.getChannel().getConnectivityState(true);
  const tell = (ports) => {
    const snapshot = { service: 'greeter', instances: ports.map(instanceAt), revision: '1' };
    listener({ kind: 'live', snapshot });
  };
  return { client, tell };
}

async function grpcJs() {
  const client = new Client('bench:///greeter', credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_channelz': 0,
  });
  const ready = asked();
  client.getChannel().getConnectivityState(true);
  await ready;
  return { client, tell: (ports) => tellGrpcJs('greeter', ports, { round_robin: {} }) };
}

/** One channel per endpoint, and nobody who balances over them. */
function connections() {
  const channels = new Map();
  const tell = (ports) => {
    const listed = new Set(ports);
    for (const port of listed) if (!channels.has(port)) channels.set(port, connect(port));
    for (const [port, channel] of channels) {
      if (listed.has(port)) continue;
      channel.close();
      channels.delete(port);
    }
  };
  const client = {
    makeUnaryRequest: (...call) => [...channels.values()][0].makeUnaryRequest(...call),
    close: () => channels.forEach((channel) => channel.close()),
  };
  return { client, tell };
}

function connect(port) {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_channelz': 0,
  });
  client.getChannel().getConnectivityState(true);
  return client;
}

function instanceAt(port) {
  if (!known.has(port)) known.set(port, newInstanceAt(port));
  return known.get(port);
}

function newInstanceAt(port) {
  const address = `127.0.0.1:${port}`;
  return {
    id: address,
    service: 'greeter',
    address,
    version: '',
    weight: 100,
    locality: { region: '', zone: '', subZone: '' },
    metadata: {},
    startedAt: '',
  };
}

function cpuMs(before) {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

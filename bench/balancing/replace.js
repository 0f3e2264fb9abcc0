// What it costs a client that one of its endpoints is replaced: this package's policy against grpc-js's round_robin, on
// real connections, the same resolver before both, in turns within one run.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, credentials } from '@grpc/grpc-js';
import {
  discoveryChannelOptions,
  discoveryTarget,
  installBalancing,
  weightedRoundRobin,
} from '@grpc-discovery/balancing';

const policies = { ours: weightedRoundRobin(), round_robin: { round_robin: {} } };
const updates = 40;
const settleMs = 120;

/** @param {number} endpoints */
export async function measureReplacements(endpoints) {
  const servers = fork(new URL('./servers.js', import.meta.url), [String(endpoints + updates)]);
  const [ports] = await once(servers, 'message');
  const results = { ours: [], round_robin: [] };
  try {
    for (let turn = 0; turn < 2; turn++) {
      for (const [name, policy] of Object.entries(policies)) {
        results[name].push(await replaceOneByOne(policy, ports, endpoints));
      }
    }
  } finally {
    servers.disconnect();
  }
  return Object.fromEntries(Object.entries(results).map(([name, list]) => [name, best(list)]));
}

async function replaceOneByOne(policy, ports, endpoints) {
  let tell = () => undefined;
  const watcher = {
    watch: (service, listener) => {
      tell = (list) =>
        listener({
          kind: 'live',
          snapshot: { service, instances: list.map(instanceAt), revision: '1' },
        });
      return {
        service,
        source: '/discovery/instances/greeter/',
        state: { kind: 'pending' },
        close: () => undefined,
      };
    },
    close: () => Promise.resolve(),
  };
  const channelOptions = { 'grpc.use_local_subchannel_pool': 1 };
  const options = discoveryChannelOptions({ watcher, policy, channelOptions });
  const client = new Client(discoveryTarget('greeter'), credentials.createInsecure(), options);
  client.getChannel().getConnectivityState(true);
  tell(ports.slice(0, endpoints));
  // Until all are connected, and nothing is left to do.
  for (let busy = 1; busy > 0.05;) {
    const before = process.cpuUsage();
    await delay(500);
    busy = cpuMs(before) / 500;
  }
  const loop = monitorEventLoopDelay({ resolution: 5 });
  loop.enable();
  const idleBefore = process.cpuUsage();
  await delay(updates * settleMs);
  const idle = cpuMs(idleBefore);
  loop.reset();
  const before = process.cpuUsage();
  for (let i = 1; i <= updates; i++) {
    tell(ports.slice(i, i + endpoints));
    await delay(settleMs);
  }
  const cpu = cpuMs(before) - idle;
  loop.disable();
  client.close();
  await delay(500);
  return { cpuMs: cpu / updates, blockMs: loop.max / 1e6 };
}

function instanceAt(port) {
  const address = `127.0.0.1:${port}`;
  const locality = { region: '', zone: '', subZone: '' };
  return {
    id: address,
    service: 'greeter',
    address,
    version: '',
    weight: 100,
    locality,
    metadata: {},
    startedAt: '',
  };
}

function cpuMs(before) {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function best(results) {
  return results.reduce((one, other) => (other.cpuMs < one.cpuMs ? other : one));
}

installBalancing();

// CPU of the client per call, in one process and in turn: a balanced client through etcd:///greeter against Nest's stock
// ClientGrpc with the same three static addresses and round_robin.
import 'reflect-metadata';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { greeterProto } from '@grpc-discovery/proto';
import { BalancedClient, Call, DiscoveryModule, leastRequest } from '@grpc-discovery/nestjs';
import { createMemoryRegistry } from '@grpc-discovery/registry';
import { NestFactory } from '@nestjs/core';
import { ClientGrpcProxy } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { median, table } from '../figures.js';

const IN_FLIGHT = 32;
const CALLS = 20_000;
const ROUNDS = 7;

const child = fork(new URL('./servers.js', import.meta.url));
const [addresses] = await once(child, 'message');

// One channel per service, and so one policy: the same servers are there under two names.
const registry = createMemoryRegistry();
for (const [index, address] of [...addresses, ...addresses].entries()) {
  registry.registrar.register({
    id: `instance-${index + 1}`,
    service: index < addresses.length ? 'greeter' : 'counted-greeter',
    address,
    version: '',
    weight: 100,
    locality: { region: '', zone: '', subZone: '' },
    metadata: {},
    startedAt: new Date().toISOString(),
  });
}

class GreeterClient {}
Call()(GreeterClient.prototype, 'sayHello');
BalancedClient({ service: 'greeter', ...greeterProto })(GreeterClient);
/** least_request follows each call: calls in flight, latencies, outcomes. */
class CountedClient {}
Call({ timeoutMs: 5_000 })(CountedClient.prototype, 'sayHello');
BalancedClient({ service: 'counted-greeter', ...greeterProto, policy: leastRequest() })(
  CountedClient,
);
const stub = { service: 'greeter', ...greeterProto };
const app = await NestFactory.createApplicationContext(
  {
    module: class {},
    imports: [
      DiscoveryModule.forRoot({ registry }),
      DiscoveryModule.forFeature([GreeterClient, CountedClient, stub]),
    ],
  },
  { logger: false },
);
const balanced = app.get(GreeterClient);
const counted = app.get(CountedClient);
const observed = app.get('DiscoveryGrpcService(greeter)', { strict: false });

const stock = new ClientGrpcProxy({
  ...greeterProto,
  url: `ipv4:${addresses.join(',')}`,
  channelOptions: {
    'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
  },
});
const greeter = stock.getService('Greeter');

const contenders = {
  'stock ClientGrpc, static addresses': () => firstValueFrom(greeter.sayHello({ name: 'bench' })),
  'ClientGrpc over etcd:///greeter': () => firstValueFrom(observed.sayHello({ name: 'bench' })),
  '@BalancedClient over etcd:///greeter': () => balanced.sayHello({ name: 'bench' }),
  '@BalancedClient, least_request, a deadline': () => counted.sayHello({ name: 'bench' }),
};

const costs = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
for (const call of Object.values(contenders)) await calls(call, CALLS / 4);
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, call] of Object.entries(contenders)) {
    const before = process.cpuUsage();
    await calls(call, CALLS);
    const { user, system } = process.cpuUsage(before);
    costs[name].push((user + system) / CALLS);
  }
}

const [base] = Object.values(costs).map(median);
table(
  ['client', 'CPU per call, µs (median)', 'ratio'],
  Object.entries(costs).map(([name, figures]) => [
    name,
    median(figures).toFixed(1),
    (median(figures) / base).toFixed(3),
  ]),
);

await app.close();
stock.close();
child.disconnect();

async function calls(call, count) {
  let left = count;
  const worker = async () => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

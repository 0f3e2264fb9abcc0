// CPU of the client per call with metrics on against off, in one process and in turn.
import 'reflect-metadata';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { greeterProto } from '@grpc-discovery/proto';
import { BalancedClient, Call, DiscoveryModule } from '@grpc-discovery/nestjs';
import { DiscoveryMetricsModule } from '@grpc-discovery/nestjs/metrics';
import { createMemoryRegistry } from '@grpc-discovery/registry';
import { NestFactory } from '@nestjs/core';
import { median, table } from '../figures.js';

const IN_FLIGHT = 32;
const CALLS = 4_000;
const ROUNDS = Number(process.env.ROUNDS ?? 60);

const child = fork(new URL('../discovery/servers.js', import.meta.url));
const [addresses] = await once(child, 'message');

class GreeterClient {}
Call()(GreeterClient.prototype, 'sayHello');
BalancedClient({ service: 'greeter', ...greeterProto })(GreeterClient);

const contenders = {
  'metrics off': await createClient([]),
  'metrics on': await createClient([DiscoveryMetricsModule.forRoot()]),
};

const costs = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
const ratios = [];
for (const app of Object.values(contenders)) await calls(app, CALLS * 3);
for (let round = 0; round < ROUNDS; round += 1) {
  const names = Object.keys(contenders);
  // In changing order, so that neither always runs on the other's garbage.
  for (const name of round % 2 ? names.reverse() : names) {
    const before = process.cpuUsage();
    await calls(contenders[name], CALLS);
    const { user, system } = process.cpuUsage(before);
    costs[name].push((user + system) / CALLS);
  }
  ratios.push(costs['metrics on'][round] / costs['metrics off'][round]);
}

table(
  ['client', 'CPU per call, µs (median)'],
  Object.entries(costs).map(([name, figures]) => [name, median(figures).toFixed(1)]),
);
console.log(
  `\nratio on/off, median of ${ROUNDS} rounds: ${median(ratios).toFixed(3)} (at most 1.05)`,
);

for (const app of Object.values(contenders)) await app.close();
child.disconnect();

async function createClient(imports) {
  const registry = createMemoryRegistry();
  for (const [index, address] of addresses.entries()) {
    registry.registrar.register({
      id: `greeter-${index + 1}`,
      service: 'greeter',
      address,
      version: '',
      weight: 100,
      locality: { region: '', zone: '', subZone: '' },
      metadata: {},
      startedAt: new Date().toISOString(),
    });
  }
  return NestFactory.createApplicationContext(
    {
      module: class {},
      imports: [
        DiscoveryModule.forRoot({ registry }),
        DiscoveryModule.forFeature([GreeterClient]),
        ...imports,
      ],
    },
    { logger: false },
  );
}

async function calls(app, count) {
  const greeter = app.get(GreeterClient);
  let left = count;
  const worker = async () => {
    while (left-- > 0) await greeter.sayHello({ name: 'bench' });
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

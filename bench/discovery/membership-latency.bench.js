// Through a real etcd, while calls go on all the time: from registered to the first call, and from deregistered to the
// last. Uses ETCD_HOSTS, or starts the etcd on PATH.
import 'reflect-metadata';
import { setImmediate as turn } from 'node:timers/promises';
import { greeterProto } from '@grpc-discovery/proto';
import { BalancedClient, Call, DiscoveryModule } from '@grpc-discovery/nestjs';
import { createEtcdRegistry } from '@grpc-discovery/registry';
import { EtcdServer } from '@grpc-discovery/test-support';
import { loadSync } from '@grpc/proto-loader';
import { loadPackageDefinition, Server, ServerCredentials } from '@grpc/grpc-js';
import { NestFactory } from '@nestjs/core';
import { median, table } from '../figures.js';

const ROUNDS = 30;
const { helloworld } = loadPackageDefinition(loadSync(greeterProto.protoPath, greeterProto.loader));

const own = process.env.ETCD_HOSTS ? undefined : await EtcdServer.start();
const etcd = { hosts: process.env.ETCD_HOSTS?.split(',') ?? own.url, namespace: 'bench' };
const registry = createEtcdRegistry(etcd);
const firstCall = new Map();
const lastCall = new Map();

class GreeterClient {}
Call()(GreeterClient.prototype, 'sayHello');
BalancedClient({ service: 'greeter', ...greeterProto })(GreeterClient);
const app = await NestFactory.createApplicationContext(
  {
    module: class {},
    imports: [DiscoveryModule.forRoot({ etcd }), DiscoveryModule.forFeature([GreeterClient])],
  },
  { logger: false },
);
const client = app.get(GreeterClient);

const steady = await serve('steady');
await steady.registration.whenRegistered();
let running = true;
const load = Promise.all(Array.from({ length: 4 }, worker));

const joins = [];
const leaves = [];
for (let round = 0; round < ROUNDS; round += 1) {
  const id = `greeter-${round}`;
  const { server, registration } = await serve(id);
  await registration.whenRegistered();
  const registered = performance.now();
  while (!firstCall.has(id)) await turn();
  joins.push(Math.max(0, firstCall.get(id) - registered));
  // Changes that follow each other within 50 ms are delivered together: each is measured on its own.
  while (performance.now() - registered < 200) await turn();

  await registration.deregister();
  const deregistered = performance.now();
  while (performance.now() - deregistered < 200) await turn();
  leaves.push(Math.max(0, lastCall.get(id) - deregistered));
  server.forceShutdown();
}
running = false;
await load;

const row = (name, figures) => [name, median(figures).toFixed(1), Math.max(...figures).toFixed(1)];
table(
  ['milliseconds', 'median', 'max'],
  [row('from registered to first call', joins), row('from deregistered to last call', leaves)],
);

await app.close();
await registry.close();
steady.server.forceShutdown();
await own?.destroy();

async function worker() {
  while (running) {
    await client.sayHello({ name: 'bench' }, { waitForReady: true });
    await turn();
  }
}

async function serve(id) {
  const server = new Server();
  server.addService(helloworld.Greeter.service, {
    SayHello: ({ request }, callback) => {
      if (!firstCall.has(id)) firstCall.set(id, performance.now());
      lastCall.set(id, performance.now());
      callback(null, { message: `Hello ${request.name}`, instanceId: id });
    },
  });
  const port = await new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const registration = registry.registrar.register({
    id,
    service: 'greeter',
    address: `127.0.0.1:${port}`,
    version: '',
    weight: 100,
    locality: { region: '', zone: '', subZone: '' },
    metadata: {},
    startedAt: new Date().toISOString(),
  });
  return { server, registration };
}

import { greeterProto, type HelloReply, type HelloRequest } from '@grpc-discovery/proto';
import { createMemoryRegistry, MemoryStore, type ServiceInstance } from '@grpc-discovery/registry';
import { until } from '@grpc-discovery/test-support';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Registry } from 'prom-client';
import type { UnaryCall } from '../client/call-types.js';
import { BalancedClient } from '../client/balanced-client.decorator.js';
import { Call } from '../client/call.decorator.js';
import { DiscoveryModule } from '../discovery.module.js';
import { series } from '../spec/prometheus-text.js';
import { TestServer } from '../testing/test-server.js';
import { DiscoveryMetricsModule } from './discovery-metrics.module.js';

@BalancedClient({ service: 'greeter', ...greeterProto })
abstract class GreeterClient {
  @Call({ timeoutMs: 20_000, waitForReady: true })
  abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
}

const REMOVALS = 'grpc_client_mass_removals_total{service_name="greeter"}';
const HELD = 'grpc_client_instances_held{service_name="greeter"}';
const READY = 'grpc_client_instances{service_name="greeter",status="ready"}';

const emptyReply = () => Promise.resolve(Buffer.alloc(0));
const instanceOf = ({ port }: TestServer, index: number): ServiceInstance => ({
  id: `greeter-${index}`,
  service: 'greeter',
  address: `127.0.0.1:${port}`,
  version: '',
  weight: 100,
  locality: { region: '', zone: '', subZone: '' },
  metadata: {},
  startedAt: '2026-01-01T00:00:00.000Z',
});

let servers: TestServer[];
let instances: ServiceInstance[];
let store: MemoryStore;
let app: INestApplicationContext;
let registry: Registry;

beforeEach(async () => {
  servers = await Promise.all([1, 2, 3].map(() => TestServer.listen(emptyReply)));
  instances = servers.map(instanceOf);
  store = new MemoryStore();
  for (const instance of instances) store.put(instance);
  registry = new Registry();
  app = await NestFactory.createApplicationContext(
    {
      module: class {},
      imports: [
        DiscoveryModule.forRoot({ registry: createMemoryRegistry(store) }),
        DiscoveryModule.forFeature([GreeterClient]),
        DiscoveryMetricsModule.forRoot({ registry }),
      ],
    },
    { logger: false },
  );
  await app.get(GreeterClient).sayHello({ name: 'you' });
});

afterEach(async () => {
  await app.close();
  await Promise.all(servers.map((server) => server.destroy()));
});

const scrape = async () => Object.fromEntries(series(await registry.metrics()));
const expectScraped = (values: Readonly<Record<string, number>>) =>
  until('the metrics tell so', async () => {
    expect(await scrape()).toMatchObject(values);
    return true;
  });

it('counts a mass removal once, and those that are called on until the registry lists them again', async () => {
  await expectScraped({ [READY]: 3, [HELD]: 0, [REMOVALS]: 0 });
  for (const instance of instances) store.delete(instance);
  await expectScraped({ [READY]: 3, [HELD]: 3, [REMOVALS]: 1 });
  for (const instance of instances) store.put(instance);
  await expectScraped({ [READY]: 3, [HELD]: 0, [REMOVALS]: 1 });
});

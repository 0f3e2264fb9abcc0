import { greeterProto } from '@grpc-discovery/proto';
import { createMemoryRegistry, type ServiceInstance } from '@grpc-discovery/registry';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DiscoveryModule } from '../discovery.module.js';
import { CountedLogger } from '../spec/counted-logger.js';
import { BalancedClient } from './balanced-client.decorator.js';
import { Call } from './call.decorator.js';

@BalancedClient({ service: 'greeter', ...greeterProto })
abstract class GreeterClient {
  @Call({ timeoutMs: 1_000 })
  abstract readonly sayHello: () => Promise<unknown>;
}

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
});
afterEach(() => {
  jest.useRealTimers();
});

const worker = (id: string): ServiceInstance => ({
  id,
  service: 'greeter',
  address: '127.0.0.1:1',
  version: '',
  weight: 100,
  locality: { region: '', zone: '', subZone: '' },
  metadata: {},
  startedAt: '2026-01-01T00:00:00.000Z',
});

it('An application warns, once, of instances that share an address, and names the remedy', async () => {
  const registry = createMemoryRegistry();
  for (const id of ['greeter-1', 'greeter-2']) registry.registrar.register(worker(id));
  const logger = new CountedLogger();
  @Module({
    imports: [DiscoveryModule.forRoot({ registry }), DiscoveryModule.forFeature([GreeterClient])],
  })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, { logger });
  await app.init();
  for (let minutes = 0; minutes < 5; minutes++) await jest.advanceTimersByTimeAsync(60_000);
  const warnings = logger.take().filter((line) => line.includes('have the address'));
  expect(warnings).toEqual([
    `warn: 2 instances of service "greeter" have the address 127.0.0.1:1: greeter-1, greeter-2. Clients can't tell them ` +
      'apart, and call them as one. Give each process a port of its own.',
  ]);
  await app.close();
});

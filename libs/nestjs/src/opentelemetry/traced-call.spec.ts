import { greeterProto, type HelloReply, type HelloRequest } from '@grpc-discovery/proto';
import { until } from '@grpc-discovery/test-support';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, type Span } from '@opentelemetry/sdk-trace-base';
import { BalancedClient } from '../client/balanced-client.decorator.js';
import { Call } from '../client/call.decorator.js';
import type { UnaryCall } from '../client/call-types.js';
import { DiscoveryModule } from '../discovery.module.js';
import { createTestFleet, type TestFleet } from '../testing/test-fleet.js';
import { DiscoveryTracingModule } from './discovery-tracing.module.js';

@BalancedClient({ service: 'greeter', ...greeterProto })
abstract class GreeterClient {
  @Call({
    timeoutMs: 20_000,
    waitForReady: true,
    retry: { attempts: 2, initialBackoffMs: 1, codes: ['INTERNAL'] },
  })
  abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
}

let fleet: TestFleet<'greeter'>;
let app: INestApplicationContext;

beforeEach(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new BasicTracerProvider());
  fleet = await createTestFleet(
    { greeter: 2 },
    {
      describe: (_, index) => ({
        locality: { region: 'eu', zone: `eu-${index}`, subZone: '' },
      }),
    },
  );
  const imports = [
    DiscoveryModule.forRoot({ registry: fleet.registry() }),
    DiscoveryModule.forFeature([GreeterClient]),
    DiscoveryTracingModule,
  ];
  app = await NestFactory.createApplicationContext(
    { module: class {}, imports },
    { logger: false },
  );
  await fleet.whenConnected('greeter');
});

afterEach(async () => {
  await app.close();
  await fleet.close();
  trace.disable();
  context.disable();
});

/** What is on the span in which a call is made. */
const attributesOfCall = () =>
  trace.getTracer('spec').startActiveSpan('call', async (span) => {
    await app.get(GreeterClient).sayHello({ name: 'you' });
    span.end();
    return (span as Span).attributes;
  });

it('records the zone of the picked instance, and the last attempt', async () => {
  const [failing] = fleet.instances('greeter');
  failing!.fail(status.INTERNAL);
  const calls: Span['attributes'][] = [];
  await until('a first attempt has gone to the one that fails', async () => {
    calls.push(await attributesOfCall());
    return failing!.calls === 1;
  });
  expect(calls.at(-1)).toMatchObject({ 'grpc_discovery.attempt': 2 });
  for (const attributes of calls) {
    expect(attributes).toMatchObject({
      'grpc_discovery.instance.id': 'greeter-2',
      'grpc_discovery.instance.zone': 'eu-2',
      'grpc_discovery.policy': 'weighted_round_robin',
    });
  }
});

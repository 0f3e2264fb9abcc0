import { leastRequest } from '@grpc-discovery/balancing';
import {
  greeterProto,
  type GreeterClient as GreeterStub,
  type HelloReply,
  type HelloRequest,
} from '@grpc-discovery/proto';
import { createMemoryRegistry, MemoryStore } from '@grpc-discovery/registry';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Injectable,
  Module,
  type INestApplicationContext,
  type INestMicroservice,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { firstValueFrom, of, toArray } from 'rxjs';
import { DiscoveryModule } from '../discovery.module.js';
import { startGreeter } from '../spec/greeter-app.js';
import { BalancedClient } from './balanced-client.decorator.js';
import type { BidiStreamingCall, UnaryCall } from './call-types.js';
import { Call } from './call.decorator.js';
import { InjectGrpcService } from './client.providers.js';
import { explain } from './create-balanced-client.js';

/** More than an instance is given before its average counts. */
const CALLS = 20;

@BalancedClient({ service: 'greeter', ...greeterProto, policy: leastRequest() })
abstract class GreeterClient {
  @Call() abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
  @Call() abstract readonly sayHelloBidiStream: BidiStreamingCall<HelloRequest, HelloReply>;
}

@Injectable()
class Caller {
  constructor(
    readonly client: GreeterClient,
    @InjectGrpcService('greeter') readonly stub: GreeterStub,
  ) {}
}

type Calls = Record<'unary' | 'stream', (caller: Caller) => Promise<unknown>>;

const clients: Record<string, Calls> = {
  'a balanced client': {
    unary: ({ client }) => client.sayHello({ name: 'you' }),
    stream: async ({ client }) => {
      for await (const reply of client.sayHelloBidiStream([{ name: 'you' }])) void reply;
    },
  },
  "Nest's own client": {
    unary: ({ stub }) => firstValueFrom(stub.sayHello({ name: 'you' })),
    stream: ({ stub }) =>
      firstValueFrom(stub.sayHelloBidiStream(of({ name: 'you' })).pipe(toArray())),
  },
};

describe.each(Object.entries(clients))('The latency of an instance, for %s', (_, calls) => {
  let server: INestMicroservice;
  let app: INestApplicationContext;
  let caller: Caller;

  beforeEach(async () => {
    const store = new MemoryStore();
    server = await startGreeter(store);

    @Module({
      imports: [
        DiscoveryModule.forRoot({ registry: createMemoryRegistry(store) }),
        DiscoveryModule.forFeature([
          GreeterClient,
          { service: 'greeter', ...greeterProto, policy: leastRequest() },
        ]),
      ],
      providers: [Caller],
    })
    class CallerModule {}
    app = await NestFactory.createApplicationContext(CallerModule, { logger: false });
    caller = app.get(Caller);
  });
  afterEach(async () => {
    await app.close();
    await server.close();
  });

  const latency = () =>
    explain(caller.client, 'sayHello')?.candidates.map((each) => each.latencyPerCallMs);

  it('is measured by unary calls', async () => {
    for (let i = 0; i < CALLS; i++) await calls.unary(caller);
    expect(latency()).toEqual([expect.any(Number)]);
  });

  it('is not measured by streams, which last as long as they are used', async () => {
    for (let i = 0; i < CALLS; i++) await calls.stream(caller);
    expect(latency()).toEqual([undefined]);
  });
});

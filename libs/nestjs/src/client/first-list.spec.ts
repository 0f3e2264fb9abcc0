import { greeterProto, type HelloReply, type HelloRequest } from '@grpc-discovery/proto';
import { createMemoryRegistry, MemoryStore, type Registry } from '@grpc-discovery/registry';
import { Metadata, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { firstValueFrom, type Observable } from 'rxjs';
import { DiscoveryModule } from '../discovery.module.js';
import { BalancedClient } from './balanced-client.decorator.js';
import { Call } from './call.decorator.js';
import type { UnaryCall } from './call-types.js';
import { getGrpcServiceToken } from './client.providers.js';

const contract = { service: 'greeter', ...greeterProto };

@BalancedClient(contract)
class GreeterClient {
  @Call({ timeoutMs: 50, waitForReady: true })
  readonly sayHello!: UnaryCall<HelloRequest, HelloReply>;
}

describe('A call whose deadline comes before the registry has answered', () => {
  const memory = createMemoryRegistry(new MemoryStore());
  const silent: Registry = {
    ...memory,
    watcher: {
      ...memory.watcher,
      watch: (service) => ({
        service,
        source: '/discovery/instances/greeter/',
        state: { kind: 'pending' },
        stalenessMs: () => Infinity,
        close: () => undefined,
      }),
    },
    close: () => memory.close(),
    describe: () => memory.describe(),
    services: () => memory.services(),
  };
  let app: INestApplicationContext;
  beforeAll(async () => {
    @Module({
      imports: [
        DiscoveryModule.forRoot({ registry: silent }),
        DiscoveryModule.forFeature([GreeterClient, contract]),
      ],
    })
    class ClientModule {}
    app = await NestFactory.createApplicationContext(ClientModule, { logger: false });
  });
  afterAll(() => app.close());

  type Stub = Record<string, (...args: unknown[]) => Observable<HelloReply>>;
  const ways: Readonly<Record<string, () => Promise<unknown>>> = {
    '@BalancedClient': () => app.get(GreeterClient).sayHello({ name: 'you' }),
    forFeature: () => {
      const deadline = { deadline: Date.now() + 50 };
      const stub = app.get<Stub>(getGrpcServiceToken('greeter'));
      return firstValueFrom(stub.sayHello!({ name: 'you' }, new Metadata(), deadline));
    },
  };

  it.each(Object.keys(ways))('says that, and not that an instance was slow: %s', async (way) => {
    await expect(ways[way]!()).rejects.toMatchObject({
      code: status.DEADLINE_EXCEEDED,
      details: expect.stringMatching(/The registry has not answered yet .*no instance was called/),
    });
  });
});

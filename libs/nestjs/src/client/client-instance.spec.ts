import { greeterProto, type HelloReply, type HelloRequest } from '@grpc-discovery/proto';
import { createMemoryRegistry, MemoryStore } from '@grpc-discovery/registry';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  Inject,
  Injectable,
  Module,
  type INestApplicationContext,
  type INestMicroservice,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DiscoveryModule } from '../discovery.module.js';
import { startGreeter } from '../spec/greeter-app.js';
import { BalancedClient } from './balanced-client.decorator.js';
import { Call } from './call.decorator.js';
import type { UnaryCall } from './call-types.js';

describe('The instance of a @BalancedClient', () => {
  @Injectable()
  class Names {
    readonly name = 'injected';
  }

  @BalancedClient({ service: 'greeter', ...greeterProto })
  class GreeterClient {
    @Call() readonly sayHello!: UnaryCall<HelloRequest, HelloReply>;

    constructor(
      @Inject('GREETING') readonly greeting: string,
      readonly names: Names,
    ) {}

    async greet(): Promise<string> {
      const { message } = await this.sayHello({ name: this.names.name }, { waitForReady: true });
      return `${this.greeting}: ${message}`;
    }
  }

  const store = new MemoryStore();
  let server: INestMicroservice;
  let app: INestApplicationContext | undefined;
  beforeAll(async () => {
    server = await startGreeter(store);
  });
  afterEach(async () => {
    await app?.close();
    app = undefined;
  });
  afterAll(() => server.close());

  const startWith = async (providers: { global: boolean }) => {
    @Module({
      providers: [Names, { provide: 'GREETING', useValue: 'She says' }],
      exports: [Names, 'GREETING'],
    })
    class NamesModule {}
    @Module({
      imports: [
        ...(providers.global ? [{ module: NamesModule, global: true }] : []),
        DiscoveryModule.forRoot({ registry: createMemoryRegistry(store) }),
        DiscoveryModule.forFeature([GreeterClient]),
      ],
    })
    class ClientModule {}
    app = await NestFactory.createApplicationContext(ClientModule, {
      logger: false,
      abortOnError: false,
    });
    return app.get(GreeterClient);
  };

  it('gets the injections of its constructor, and keeps its calls', async () => {
    const client = await startWith({ global: true });
    expect(await client.greet()).toMatch(/^She says: Hello injected/);
  });

  it('is refused by its name when an injection is missing', async () => {
    await expect(startWith({ global: false })).rejects.toThrow(/GreeterClient/);
  });

  it('has methods that a spec can spy on', async () => {
    const client = await startWith({ global: true });
    const spy = jest.spyOn(client, 'sayHello');
    spy.mockResolvedValue({ message: 'mocked', instanceId: '' });
    expect(await client.greet()).toBe('She says: mocked');
    spy.mockRestore();
    expect(await client.greet()).toMatch(/^She says: Hello injected/);
  });
});

import {
  greeterProto,
  type HelloManyRequest,
  type HelloReply,
  type HelloRequest,
} from '@grpc-discovery/proto';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createMemoryRegistry, MemoryStore } from '@grpc-discovery/registry';
import { pickFirst, roundRobin } from '@grpc-discovery/balancing';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { DiscoveryModule } from '../discovery.module.js';
import { createTestFleet, DiscoveryTestingModule, type TestFleet } from '../testing/index.js';
import { BalancedClient } from './balanced-client.decorator.js';
import { Call } from './call.decorator.js';
import type { ServerStreamingCall, UnaryCall } from './call-types.js';
import { ClientCatalog } from './client-catalog.js';
import type { ClientFeature } from './client.providers.js';
import { ServiceChannels } from './service-channels.js';
import { aSetupError } from '../spec/setup-error.js';

const contract = { service: 'greeter', ...greeterProto };
const you = { name: 'you' };

@BalancedClient(contract)
class EagerClient {
  @Call() readonly sayHello!: UnaryCall<HelloRequest, HelloReply>;
}

describe('A client of a module that is loaded lazily', () => {
  it('compresses as it says, for all clients of the method', async () => {
    const encodings: string[] = [];
    const server = createServer();
    server.on('stream', (stream, { ':path': path, 'grpc-encoding': encoding = 'none' }) => {
      if (path === '/helloworld.Greeter/SayHello') encodings.push(String(encoding));
      const headers = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12' };
      stream.respond(headers, { endStream: true });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const registry = createMemoryRegistry(new MemoryStore());
    registry.registrar.register({ service: 'greeter', address: `127.0.0.1:${port}` });
    const imports = [
      DiscoveryModule.forRoot({ registry }),
      DiscoveryModule.forFeature([EagerClient]),
    ];
    const app = await Test.createTestingModule({ imports }).compile();
    const eager = app.get(EagerClient);
    const call = () => eager.sayHello(you, { waitForReady: true }).catch(() => undefined);
    await call();
    @BalancedClient(contract)
    class LazyClient {
      @Call({ compression: 'gzip' })
      readonly sayHello!: UnaryCall<HelloRequest, HelloReply>;
    }
    @Module({ imports: [DiscoveryModule.forFeature([LazyClient])] })
    class LazyModule {}
    await app.get(LazyModuleLoader).load(() => LazyModule);
    await call();
    expect(encodings).toEqual(['none', 'gzip']);
    await app.close();
    server.close();
  });
});

describe('A client of a module that is loaded while calls are made', () => {
  let fleet: TestFleet<'greeter'>;
  let app: TestingModule;
  beforeEach(async () => {
    fleet = await createTestFleet({ greeter: 3 });
    const imports = [
      DiscoveryModule.forRoot({ etcd: { hosts: 'etcd.invalid' } }),
      DiscoveryModule.forFeature([EagerClient]),
    ];
    const builder = Test.createTestingModule({ imports });
    app = await DiscoveryTestingModule.override(builder, fleet).compile();
    await fleet.whenConnected('greeter');
  });
  afterEach(async () => {
    await app.close();
    await fleet.close();
  });

  const load = async <T>(feature: ClientFeature, token: unknown): Promise<T> => {
    @Module({ imports: [DiscoveryModule.forFeature([feature])] })
    class LazyModule {}
    const loaded = await app.get(LazyModuleLoader).load(() => LazyModule);
    return loaded.get<T>(token as never, { strict: false });
  };

  const callsOf = async (call: () => Promise<unknown>) => {
    const before = fleet.calls('greeter');
    await call().catch(() => undefined);
    const after = Object.values(fleet.calls('greeter')).reduce((a, b) => a + b, 0);
    return after - Object.values(before).reduce((a, b) => a + b, 0);
  };

  it('retries as it says, over the channel that is open, and leaves other methods as they are', async () => {
    @BalancedClient(contract)
    class LazyClient {
      @Call({ retry: { attempts: 3, codes: ['ABORTED'], initialBackoffMs: 1 } })
      readonly sayHelloStreamReply!: ServerStreamingCall<HelloManyRequest, HelloReply>;
    }
    const lazy = await load<LazyClient>(LazyClient, LazyClient);
    const eager = app.get(EagerClient);
    for (const instance of fleet.instances('greeter')) instance.fail(status.ABORTED);
    const read = async () => {
      for await (const reply of lazy.sayHelloStreamReply({ name: 'you', count: 1 } as never)) {
        expect(reply).toBeUndefined();
      }
    };
    expect(await callsOf(read)).toBe(3);
    expect(await callsOf(() => eager.sayHello(you))).toBe(1);
    expect(app.get(ServiceChannels).services).toEqual(['greeter']);
  });

  it('spreads calls as it says', async () => {
    @BalancedClient({ ...contract, policy: pickFirst() })
    class LazyClient {
      @Call() readonly sayHello!: UnaryCall<HelloRequest, HelloReply>;
    }
    const lazy = await load<LazyClient>(LazyClient, LazyClient);
    const before = fleet.calls('greeter');
    for (let i = 0; i < 6; i += 1) await lazy.sayHello(you, { waitForReady: true });
    const called = Object.entries(fleet.calls('greeter')).filter(
      ([id, calls]) => calls > (before[id] ?? 0),
    );
    expect(called).toHaveLength(1);
  });

  it.each([['policy', { policy: roundRobin() }, { policy: pickFirst() }]])(
    'is refused when it says another %s than one that is loaded',
    async (option, first, second) => {
      @BalancedClient({ ...contract, ...first })
      class FirstLazyClient {
        @Call() readonly sayHello!: UnaryCall<HelloRequest, HelloReply>;
      }
      await load(FirstLazyClient, FirstLazyClient);
      const failure = load({ ...contract, ...second }, 'none');
      await expect(failure).rejects.toThrow(aSetupError('conflicting-clients'));
      await expect(failure).rejects.toThrow(new RegExp(`differ in "${option}"`));
    },
  );

  it.each([
    ['channelOptions', { maxReceiveMessageLength: 8_000_000 }],
    ['connectTimeoutMs', { connectTimeoutMs: 1_000 }],
    ['health', { health: false as const }],
    ['massRemoval', { massRemoval: { share: 0.9 } }],
    ['tls', { tls: { serverName: 'greeter' } }],
  ])('is refused for its %s, which only count when a channel is opened', async (option, said) => {
    const failure = load({ ...contract, ...said }, 'none');
    await expect(failure).rejects.toThrow(aSetupError('late-client'));
    await expect(failure).rejects.toThrow(new RegExp(`"${option}"`));
    expect(app.get(ClientCatalog).services).toEqual(['greeter']);
  });
});

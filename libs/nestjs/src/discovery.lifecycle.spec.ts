import { greeterProto, type HelloReply, type HelloRequest } from '@grpc-discovery/proto';
import { until } from '@grpc-discovery/test-support';
import { connectivityState } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DynamicModule, OnModuleInit, Type } from '@nestjs/common';
import { Inject, Injectable, Module } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { promisify } from 'node:util';
import { BalancedClient } from './client/balanced-client.decorator.js';
import { Call } from './client/call.decorator.js';
import type { UnaryCall } from './client/call-types.js';
import type { ClientFeature } from './client/client.providers.js';
import { ServiceChannels } from './client/service-channels.js';
import { DiscoveryModule } from './discovery.module.js';
import { createTestFleet, DiscoveryTestingModule } from './testing/index.js';

const contract = { service: 'greeter', ...greeterProto };

@BalancedClient(contract)
abstract class GreeterClient {
  @Call({ waitForReady: true, timeoutMs: 10_000 })
  abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
}

const features: readonly [string, ClientFeature][] = [
  ['a @BalancedClient class', GreeterClient],
  ["a client in Nest's own way", contract],
];

describe('An application with clients', () => {
  let silentEtcd: Server;
  let connections: number;
  let hosts: string;

  beforeEach(async () => {
    connections = 0;
    silentEtcd = createServer((socket) => {
      connections++;
      // Reads, so that it sees the end.
      socket.on('error', () => undefined).resume();
    });
    await new Promise<void>((resolve) => silentEtcd.listen(0, '127.0.0.1', resolve));
    hosts = `http://127.0.0.1:${(silentEtcd.address() as AddressInfo).port}`;
  });

  afterEach(() => promisify(silentEtcd.close.bind(silentEtcd))());

  const built = (...imports: DynamicModule[]) =>
    Test.createTestingModule({
      imports: [DiscoveryModule.forRoot({ etcd: { hosts } }), ...imports],
    }).compile();

  it.each(features)('that is only built does not connect, with %s', async (_, feature) => {
    const app = await built(DiscoveryModule.forFeature([feature]));
    // A connection that the application had begun would be accepted before this one.
    const last = connect((silentEtcd.address() as AddressInfo).port, '127.0.0.1');
    await until('the last has connected', () => connections > 0);
    last.destroy();
    expect(connections).toBe(1);
    await app.close();
  });

  it.each(features)('connects as it is initialized, with %s', async (_, feature) => {
    const app = await built(DiscoveryModule.forFeature([feature]));
    await app.init();
    await until('it has connected', () => connections > 0);
    expect(app.get(ServiceChannels).services).toEqual(['greeter']);
    await app.close();
  });

  it('connects before the hooks of its modules, which may call', async () => {
    const states: unknown[] = [];
    @Injectable()
    class Warmup implements OnModuleInit {
      constructor(
        @Inject(ServiceChannels) private readonly channels: ServiceChannels,
        readonly greeter: GreeterClient,
      ) {}
      onModuleInit() {
        states.push(this.channels.channel('greeter').getConnectivityState(false));
      }
    }
    const feature = DiscoveryModule.forFeature([GreeterClient]);
    const app = await built(feature, { module: class {}, imports: [feature], providers: [Warmup] });
    await app.init();
    expect(states).toEqual([connectivityState.CONNECTING]);
    await app.close();
  });
});

describe('A client connects without a call', () => {
  const providedBy = (features: ClientFeature[]): Type => {
    @Module({ imports: [DiscoveryModule.forFeature(features)] })
    class GreeterModule {}
    return GreeterModule;
  };

  it.each(features)('once its module is loaded lazily: %s', async (_, feature) => {
    const fleet = await createTestFleet({ greeter: 2 });
    const imports = [DiscoveryModule.forRoot({ registry: fleet.registry() })];
    const app = await Test.createTestingModule({ imports }).compile();
    await app.init();
    await app.get(LazyModuleLoader).load(() => providedBy([feature]));
    await expect(fleet.whenConnected('greeter')).resolves.toBeUndefined();
    await app.close();
    await fleet.close();
  });

  it.each(features)('in a testing module that is compiled only: %s', async (_, feature) => {
    const fleet = await createTestFleet({ greeter: 2 });
    const imports = [
      DiscoveryModule.forRoot({ etcd: { hosts: 'http://127.0.0.1:1' } }),
      DiscoveryModule.forFeature([feature]),
    ];
    const builder = Test.createTestingModule({ imports });
    const app = await DiscoveryTestingModule.override(builder, fleet).compile();
    await expect(fleet.whenConnected('greeter')).resolves.toBeUndefined();
    await app.close();
    await fleet.close();
  });
});

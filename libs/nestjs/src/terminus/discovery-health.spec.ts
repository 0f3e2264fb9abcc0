import { greeterProto, type HelloReply, type HelloRequest } from '@grpc-discovery/proto';
import { createMemoryRegistry, MemoryStore } from '@grpc-discovery/registry';
import { etcdKinds, until, type EtcdFixture } from '@grpc-discovery/test-support';
import { connectivityState } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HealthIndicatorService } from '@nestjs/terminus';
import type { UnaryCall } from '../client/call-types.js';
import { BalancedClient } from '../client/balanced-client.decorator.js';
import { Call } from '../client/call.decorator.js';
import { ServiceChannels } from '../client/service-channels.js';
import { DiscoveryModule } from '../discovery.module.js';
import type { DiscoveryModuleOptions } from '../discovery.options.js';
import { discoverable } from '../server/discoverable.js';
import { LocalInstances } from '../server/local-instances.js';
import { Database, Gate, GreeterController } from '../spec/greeter-app.js';
import { createTestFleet } from '../testing/test-fleet.js';
import { DiscoveryHealthIndicator } from './discovery-health.indicator.js';
import { DiscoveryHealthModule } from './discovery-health.module.js';
import type { RegistrationHealthOptions } from './health-options.js';

@BalancedClient({ service: 'greeter', ...greeterProto })
abstract class GreeterClient {
  @Call({ timeoutMs: 60_000, waitForReady: true })
  abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
}

/** Terminus 11 knows no `degraded`. */
const impaired = 'degraded' in new HealthIndicatorService().check('any') ? 'degraded' : 'up';

/** A greeter that calls itself. */
async function createApp(options: DiscoveryModuleOptions): Promise<INestMicroservice> {
  @Module({
    imports: [
      DiscoveryModule.forRoot({
        service: { name: 'greeter', id: 'greeter-1' },
        drain: { propagationMs: 0 },
        ...options,
      }),
      DiscoveryModule.forFeature([GreeterClient]),
      DiscoveryHealthModule,
    ],
    controllers: [GreeterController],
    providers: [Database, Gate],
  })
  class AppModule {}
  return NestFactory.createMicroservice(AppModule, {
    logger: false,
    ...discoverable({ ...greeterProto, url: '127.0.0.1:0' }),
  });
}

describe('DiscoveryHealthIndicator', () => {
  let app: INestMicroservice;
  let health: DiscoveryHealthIndicator;

  beforeEach(async () => {
    app = await createApp({ registry: createMemoryRegistry(new MemoryStore()) });
    health = app.get(DiscoveryHealthIndicator);
  });

  afterEach(() => app.close());

  it('says down of a server before it serves and as it drains, and up between', async () => {
    expect(health.registration()).toEqual({
      registration: { status: 'down', message: 'no server serves' },
    });
    await app.listen();
    await until('it is registered', () => health.registration().registration.status === 'up');
    expect(health.registration()).toEqual({
      registration: {
        status: 'up',
        'greeter-1': { state: 'registered', ageMs: expect.any(Number) },
      },
    });
    const [registration] = app.get(LocalInstances).registrations;
    await registration?.deregister();
    expect(health.registration().registration.status).toBe('down');
  });

  it('says of a client whether it finds an instance', async () => {
    expect(health.client('greeter')).toMatchObject({ greeter: { status: 'down' } });
    await app.listen();
    await app.get(GreeterClient).sayHello({ name: 'you' });
    expect(health.client('greeter', 'the greeter')).toEqual({
      'the greeter': { status: 'up', state: 'READY', ready: 1, instances: 1 },
    });
  });

  it('says down of a client below its fewest ready instances', async () => {
    await app.listen();
    await app.get(GreeterClient).sayHello({ name: 'you' });
    expect(health.client('greeter', 'greeter', { minReady: 2 }).greeter).toEqual({
      status: 'down',
      state: 'READY',
      ready: 1,
      instances: 1,
    });
  });

  it('says degraded of a client below its share of ready instances, and up again', async () => {
    const fleet = await createTestFleet({ orders: 2 });
    @Module({
      imports: [
        DiscoveryModule.forRoot({ registry: fleet.registry() }),
        DiscoveryModule.forFeature([{ service: 'orders', ...greeterProto }]),
        DiscoveryHealthModule,
      ],
    })
    class OrdersClientModule {}
    const client = await NestFactory.createApplicationContext(OrdersClientModule, {
      logger: false,
    });
    const orders = () =>
      client.get(DiscoveryHealthIndicator).client('orders', 'orders', { minReadyShare: 0.9 })
        .orders;
    await fleet.whenConnected('orders');
    await until('both are ready', () => orders().ready === 2);
    await fleet.instances('orders')[0]!.crash();
    await until('one is missed', () => orders().ready === 1);
    expect(orders()).toEqual({ status: impaired, state: 'READY', ready: 1, instances: 2 });
    await fleet.instances('orders')[0]!.start();
    expect(await until('both are ready again', () => orders().ready === 2)).toBe(true);
    expect(orders().status).toBe('up');
    await client.close();
    await fleet.close();
  });

  it('reports a client whose channel is idle as up', async () => {
    const fleet = await createTestFleet({ orders: 1 });
    const channelOptions = { 'grpc.client_idle_timeout_ms': 1_000 };
    const imports = [
      DiscoveryModule.forRoot({ registry: fleet.registry() }),
      DiscoveryModule.forFeature([{ service: 'orders', channelOptions, ...greeterProto }]),
      DiscoveryHealthModule,
    ];
    const client = await NestFactory.createApplicationContext(
      { module: class {}, imports },
      { logger: false },
    );
    await fleet.whenConnected('orders');
    const channel = client.get(ServiceChannels).channel('orders');
    const isIdle = () => channel.getConnectivityState(false) === connectivityState.IDLE;
    expect(await until('it is idle', isIdle)).toBe(true);
    const { orders } = client.get(DiscoveryHealthIndicator).client('orders');
    expect(orders).toMatchObject({ status: 'up', state: 'IDLE' });
    await client.close();
    await fleet.close();
  });

  it('says down of a client that is not there', () => {
    expect(health.client('orders')).toEqual({
      orders: { status: 'down', message: 'no client of service "orders" is provided here' },
    });
  });
});

describe.each(etcdKinds('/health-spec/'))('DiscoveryHealthIndicator on $name', (kind) => {
  let etcd: EtcdFixture;
  let app: INestMicroservice;

  beforeEach(async () => {
    etcd = await kind.start();
    app = await createApp({ etcd: { hosts: etcd.url, namespace: 'health-spec' } });
  });

  afterEach(async () => {
    await app.close();
    await etcd.destroy();
  });

  it('reports degraded while etcd is down, and down only beyond a threshold', async () => {
    await app.listen();
    const health = app.get(DiscoveryHealthIndicator);
    const status = () => health.registry().registry.status;
    await until('the list is current', () => status() === 'up');
    await app.get(GreeterClient).sayHello({ name: 'you' });

    await etcd.stop();
    await until('connection and list tell so', () => {
      expect(health.registry()).toMatchObject({
        registry: {
          status: impaired,
          connection: { state: 'down', forMs: expect.any(Number) },
          greeter: { state: 'stale', stalenessMs: expect.any(Number), instances: 1 },
        },
      });
      return true;
    });
    expect(health.registry('registry', { maxStalenessMs: 0 }).registry.status).toBe('down');
    expect(health.registration().registration.status).not.toBe('down');
    expect(health.client('greeter').greeter.status).toBe('up');

    await etcd.restart();
    await until('connection and list are current again', () => {
      expect(health.registry()).toMatchObject({
        registry: { status: 'up', connection: { state: 'up' }, greeter: { state: 'live' } },
      });
      return true;
    });
  });

  it('tells how old the last lease keepalive is, and says down beyond a threshold', async () => {
    await app.listen();
    const health = app.get(DiscoveryHealthIndicator);
    const registration = (options?: RegistrationHealthOptions) =>
      health.registration('registration', options).registration;
    await until('it is registered', () => {
      expect(registration()).toMatchObject({
        status: 'up',
        'greeter-1': { state: 'registered', keepaliveAgoMs: expect.any(Number) },
      });
      return true;
    });
    expect(registration({ maxKeepaliveAgoMs: 60_000 }).status).toBe('up');

    await etcd.stop();
    const isLate = () => registration({ maxKeepaliveAgoMs: 3_000 }).status === 'down';
    await until('no keepalive is answered any more', isLate);
    expect(registration().status).not.toBe('down');
  });
});

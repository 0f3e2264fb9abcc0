import { greeterProto, type HelloReply, type HelloRequest } from '@grpc-discovery/proto';
import type { ServiceInstance } from '@grpc-discovery/registry';
import { until } from '@grpc-discovery/test-support';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { BalancedClient } from '../client/balanced-client.decorator.js';
import type { UnaryCall } from '../client/call-types.js';
import { Call } from '../client/call.decorator.js';
import { DiscoveryModule } from '../discovery.module.js';
import { createTestFleet, DiscoveryTestingModule, type TestFleet } from './index.js';

@BalancedClient({ service: 'greeter', ...greeterProto, timeoutMs: 60_000, waitForReady: true })
abstract class GreeterClient {
  @Call() abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
}

@Module({
  imports: [
    DiscoveryModule.forRoot({ etcd: { hosts: 'http://etcd.invalid:2379' } }),
    DiscoveryModule.forFeature([GreeterClient]),
  ],
})
class GatewayModule {}

describe('createTestFleet', () => {
  let fleet: TestFleet<'greeter'>;
  let app: TestingModule;
  let greeter: GreeterClient;

  const start = async (options?: Parameters<typeof createTestFleet<'greeter'>>[1]) => {
    fleet = await createTestFleet({ greeter: 3 }, options);
    const builder = Test.createTestingModule({ imports: [GatewayModule] });
    app = await DiscoveryTestingModule.override(builder, fleet).compile();
    greeter = app.get(GreeterClient);
  };

  const call = async (times: number) => {
    for (let i = 0; i < times; i += 1) await greeter.sayHello({ name: 'you' });
  };

  const callsDuring = async (times: number) => {
    const before = fleet.calls('greeter');
    await call(times);
    return Object.entries(fleet.calls('greeter')).map(([id, calls]) => calls - (before[id] ?? 0));
  };

  beforeEach(() => start());

  afterEach(async () => {
    await app.close();
    await fleet.close();
  });

  it('answers without a contract, with the default of every field', async () => {
    expect(await greeter.sayHello({ name: 'you' })).toEqual({ message: '', instanceId: '' });
  });

  it('gives each instance its share of the calls', async () => {
    await fleet.whenConnected('greeter');
    expect(await callsDuring(30)).toEqual([10, 10, 10]);
  });

  it('says which instance nobody connects to', async () => {
    const lonely = await createTestFleet({ orders: 1 });
    await expect(lonely.whenConnected('orders', 20)).rejects.toThrow(/orders-1 within 20 ms/);
    await lonely.close();
  });

  it('moves the calls of an instance that is stopped, and back when it is started', async () => {
    const [, , third] = fleet.instances('greeter');
    await fleet.whenConnected('greeter');
    await third?.stop();
    expect(await callsDuring(20)).toEqual([10, 10, 0]);
    await third?.start();
    await fleet.whenConnected('greeter');
    expect(await callsDuring(30)).toEqual([10, 10, 10]);
  });

  it('keeps an instance that crashed in the registry, and calls go elsewhere', async () => {
    await fleet.whenConnected('greeter');
    await fleet.instances('greeter')[0]?.crash();
    await until('calls succeed again', () => call(1).then(() => true));
    expect((await callsDuring(20))[0]).toBe(0);
  });

  it('lets one instance fail, hang, be slow and recover', async () => {
    const [first, ...others] = fleet.instances('greeter');
    await Promise.all(others.map((instance) => instance.stop()));
    await fleet.whenConnected('greeter');

    first?.fail(status.RESOURCE_EXHAUSTED, 'no more, ever');
    await expect(greeter.sayHello({ name: 'you' })).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: 'no more, ever',
    });
    first?.hang();
    await expect(greeter.sayHello({ name: 'you' }, { timeoutMs: 50 })).rejects.toMatchObject({
      code: status.DEADLINE_EXCEEDED,
    });
    first?.slow(30);
    const began = performance.now();
    await call(1);
    expect(performance.now() - began).toBeGreaterThanOrEqual(29);
    first?.recover();
    await call(1);
  });
});

describe('createTestFleet with a contract', () => {
  it('answers with the configured replies, by instance', async () => {
    const fleet = await createTestFleet(
      { greeter: 1 },
      {
        describe: (_, index) => ({ weight: index * 10 }),
        services: {
          greeter: {
            ...greeterProto,
            replies: {
              sayHello: ({ name }: HelloRequest, { id, weight }: ServiceInstance) => ({
                message: `Hello ${name}, I weigh ${weight}`,
                instanceId: id,
              }),
            },
          },
        },
      },
    );
    const builder = Test.createTestingModule({ imports: [GatewayModule] });
    const app = await DiscoveryTestingModule.override(builder, fleet).compile();
    const reply = await app.get(GreeterClient).sayHello({ name: 'you' });
    expect(reply).toEqual({ message: 'Hello you, I weigh 10', instanceId: 'greeter-1' });
    await app.close();
    await fleet.close();
  });

  it('refuses a reply to an rpc that the contract does not have', async () => {
    const services = { greeter: { ...greeterProto, replies: { sayHelo: () => ({}) } } };
    await expect(createTestFleet({ greeter: 1 }, { services })).rejects.toThrow(/no rpc "sayHelo"/);
  });
});

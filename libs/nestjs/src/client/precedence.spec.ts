import { greeterProto, type HelloReply, type HelloRequest } from '@grpc-discovery/proto';
import { consistentHash, pickFirst, roundRobin } from '@grpc-discovery/balancing';
import { until } from '@grpc-discovery/test-support';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import type { Registry } from '@grpc-discovery/registry';
import { DiscoveryModule } from '../discovery.module.js';
import { createTestFleet, DiscoveryTestingModule, type TestFleet } from '../testing/index.js';
import { BalancedClient, type ClientClass } from './balanced-client.decorator.js';
import type { CallOptions, UnaryCall } from './call-types.js';
import { Call } from './call.decorator.js';

interface Hello {
  readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
}
const contract = { service: 'greeter', ...greeterProto };
const you = { name: 'you' };

describe('The precedence of call settings', () => {
  let fleet: TestFleet<'greeter'>;
  let publisher: Registry;
  let app: TestingModule | undefined;

  beforeEach(async () => {
    fleet = await createTestFleet({ greeter: 3 });
    publisher = fleet.registry();
  });

  afterEach(async () => {
    await app?.close();
    await fleet.close();
  });

  const clientOf = async (clientClass: ClientClass<Hello>) => {
    @Module({
      imports: [
        DiscoveryModule.forRoot({ etcd: { hosts: 'etcd.invalid' } }),
        DiscoveryModule.forFeature([clientClass]),
      ],
    })
    class ClientModule {}
    const builder = Test.createTestingModule({ imports: [ClientModule] });
    app = await DiscoveryTestingModule.override(builder, fleet).compile();
    await fleet.whenConnected('greeter');
    return app.get<Hello>(clientClass);
  };

  /** Whether calls go to all instances, or to one only. */
  const spread = async (client: Hello) => {
    const before = fleet.calls('greeter');
    for (let i = 0; i < 6; i += 1) await client.sayHello(you);
    const called = Object.entries(fleet.calls('greeter')).filter(
      ([id, n]) => n > (before[id] ?? 0),
    );
    return called.length;
  };

  const publish = (loadBalancing: object) =>
    publisher.configs.publish('greeter', { loadBalancingConfig: [loadBalancing] });

  it('is taken live from what the service publishes, and back to the default', async () => {
    @BalancedClient(contract)
    abstract class GreeterClient {
      @Call() abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
    }
    const client = await clientOf(GreeterClient);
    expect(await spread(client)).toBe(3);
    await publish({ pick_first: {} });
    await until('calls go to one instance', async () => (await spread(client)) === 1);
    await publisher.configs.remove('greeter');
    await until('calls go to all instances', async () => (await spread(client)) === 3);
  });

  it('stays the last good one when something broken is published', async () => {
    @BalancedClient(contract)
    abstract class GreeterClient {
      @Call() abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
    }
    await publish({ pick_first: {} });
    const client = await clientOf(GreeterClient);
    await until('calls go to one instance', async () => (await spread(client)) === 1);
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    app?.useLogger({ log: () => undefined, error: () => undefined, warn });
    await publish({ least_request: { choiceCount: 'many' } });
    await until('it is logged', () => warnings.length > 0);
    expect(warnings).toEqual([expect.stringMatching(/"greeter" is not used: .*choiceCount/)]);
    expect(await spread(client)).toBe(1);
    Logger.overrideLogger(true);
  });

  it('is taken from the class before what is published', async () => {
    @BalancedClient({ ...contract, policy: roundRobin() })
    abstract class GreeterClient {
      @Call() abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
    }
    await publish({ pick_first: {} });
    expect(await spread(await clientOf(GreeterClient))).toBe(3);
  });

  it('is taken from the method before the class', async () => {
    @BalancedClient({ ...contract, policy: roundRobin() })
    abstract class GreeterClient {
      @Call({ policy: pickFirst() })
      abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
    }
    expect(await spread(await clientOf(GreeterClient))).toBe(1);
  });

  it('is taken from the call before the method, for longer and for shorter', async () => {
    @BalancedClient(contract)
    abstract class GreeterClient {
      @Call({ timeoutMs: 100 }) abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
    }
    const client = await clientOf(GreeterClient);
    for (const instance of fleet.instances('greeter')) instance.slow(200);
    const late = { code: status.DEADLINE_EXCEEDED };
    await expect(client.sayHello(you)).rejects.toMatchObject(late);
    await expect(client.sayHello(you, { timeoutMs: 10 })).rejects.toMatchObject(late);
    expect(await client.sayHello(you, { timeoutMs: 60_000 })).toEqual(expect.any(Object));
  });

  it('sends requests with one key to one instance, and other keys elsewhere', async () => {
    @BalancedClient({ ...contract, policy: consistentHash() })
    abstract class GreeterClient {
      @Call({ hashKey: ({ name }: HelloRequest) => name })
      abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
    }
    const client = await clientOf(GreeterClient);
    const calledFor = async (name: string, options?: CallOptions) => {
      const before = fleet.calls('greeter');
      for (let i = 0; i < 4; i += 1) await client.sayHello({ name }, options);
      const after = Object.entries(fleet.calls('greeter'));
      return after.filter(([id, calls]) => calls > (before[id] ?? 0)).map(([id]) => id);
    };
    const homes = new Map<string, string[]>();
    for (let i = 0; i < 20; i += 1) homes.set(`name-${i}`, await calledFor(`name-${i}`));
    expect([...homes.values()].map(({ length }) => length)).toEqual(Array(20).fill(1));
    expect(new Set([...homes.values()].flat()).size).toBe(3);
    // The key of a call overrides that of the method.
    expect(await calledFor('name-1', { hashKey: 'name-0' })).toEqual(homes.get('name-0'));
  });

  it('retries what is named, and nothing else', async () => {
    @BalancedClient(contract)
    abstract class GreeterClient {
      @Call({ retry: { attempts: 3, codes: ['ABORTED'], initialBackoffMs: 1 } })
      abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
    }
    const client = await clientOf(GreeterClient);
    const attemptsOf = async (code: status) => {
      for (const instance of fleet.instances('greeter')) instance.fail(code);
      const before = total(fleet);
      await expect(client.sayHello(you)).rejects.toMatchObject({ code });
      return total(fleet) - before;
    };
    expect(await attemptsOf(status.ABORTED)).toBe(3);
    expect(await attemptsOf(status.INTERNAL)).toBe(1);
    expect(await attemptsOf(status.UNAVAILABLE)).toBe(1);

    const [first, second, third] = fleet.instances('greeter');
    first?.fail(status.ABORTED);
    second?.fail(status.ABORTED);
    third?.recover();
    for (let i = 0; i < 6; i += 1) await client.sayHello(you);
    expect(third?.calls).toBeGreaterThanOrEqual(6);
  });
});

function total(fleet: TestFleet<'greeter'>): number {
  return Object.values(fleet.calls('greeter')).reduce((sum, calls) => sum + calls, 0);
}

import { greeterProto, type HelloReply, type HelloRequest } from '@grpc-discovery/proto';
import { consistentHash, filterInstances, roundRobin } from '@grpc-discovery/balancing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { DiscoveryModule } from '../discovery.module.js';
import { createTestFleet, DiscoveryTestingModule, type TestFleet } from '../testing/index.js';
import { BalancedClient } from './balanced-client.decorator.js';
import type { UnaryCall } from './call-types.js';
import { Call } from './call.decorator.js';
import { explain } from './create-balanced-client.js';

@BalancedClient({ service: 'greeter', ...greeterProto, policy: roundRobin() })
abstract class GreeterClient {
  @Call({
    policy: filterInstances(consistentHash(), { version: '2' }),
    hashKey: (request: HelloRequest) => request.name,
  })
  abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
}

@Module({
  imports: [
    DiscoveryModule.forRoot({ etcd: { hosts: 'etcd.invalid' } }),
    DiscoveryModule.forFeature([GreeterClient]),
  ],
})
class ClientModule {}

describe('explain', () => {
  let fleet: TestFleet<'greeter'>;
  let app: TestingModule;
  let client: GreeterClient;
  beforeEach(async () => {
    fleet = await createTestFleet(
      { greeter: 3 },
      { describe: (_, index) => ({ version: index === 1 ? '1' : '2' }) },
    );
    const builder = Test.createTestingModule({ imports: [ClientModule] });
    app = await DiscoveryTestingModule.override(builder, fleet).compile();
    await fleet.whenConnected('greeter');
    client = app.get(GreeterClient);
  });
  afterEach(async () => {
    await app.close();
    await fleet.close();
  });

  it('tells where the call goes that is made next, and what it passes over', async () => {
    const request = { name: 'you' };
    const explanation = explain(client, 'sayHello', request)!;
    expect(explanation).toMatchObject({
      method: '/helloworld.Greeter/SayHello',
      policy: 'filter_instances > consistent_hash',
    });
    const { instanceId } = explanation.choice as { readonly instanceId: string };
    await client.sayHello(request);
    expect(fleet.calls('greeter')[instanceId]).toBe(1);
    const passedOver = explanation.candidates.map((it) => [it.instanceId, it.passedOver]);
    expect(Object.fromEntries(passedOver)).toEqual({
      'greeter-1': 'not-matching',
      'greeter-2': undefined,
      'greeter-3': undefined,
    });
  });

  it('takes the options of the call, before what the decorators say', () => {
    const slot = (hashKey: string) =>
      explain(client, 'sayHello', { name: 'you' }, { hashKey })!.candidates[1]!.policyView.slot;
    expect(slot('a')).not.toBe(slot('b'));
  });

  it('needs no request', () => {
    const [, second] = explain(client, 'sayHello')!.candidates;
    expect(second!.policyView).toEqual({});
  });

  it('refuses what is no client, or no rpc of it', () => {
    expect(() => explain({ sayHello: () => 'hello' }, 'sayHello')).toThrow('Object names none');
    const other = client as unknown as { readonly sayBye: () => void };
    expect(() => explain(other, 'sayBye')).toThrow(
      'GreeterClient.sayBye must be marked with @Call to be explained; the contract has sayHello.',
    );
  });
});

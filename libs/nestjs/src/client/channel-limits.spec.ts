import { greeterProto, type HelloReply, type HelloRequest } from '@grpc-discovery/proto';
import { MemoryStore } from '@grpc-discovery/registry';
import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestMicroservice } from '@nestjs/common';
import { firstValueFrom, type Observable } from 'rxjs';
import { clientApp } from '../spec/client-app.js';
import { startGreeter } from '../spec/greeter-app.js';
import { BalancedClient } from './balanced-client.decorator.js';
import { Call } from './call.decorator.js';
import type { UnaryCall } from './call-types.js';
import { getGrpcServiceToken, type ClientFeature } from './client.providers.js';

type Stub = Record<string, (request: object) => Observable<Record<string, unknown>>>;

describe('What clients say of the channel in either way', () => {
  const store = new MemoryStore();
  let server: INestMicroservice;
  beforeAll(async () => {
    server = await startGreeter(store, {}, { maxReceiveMessageLength: -1 });
  });
  afterAll(() => server.close());

  const seen: string[] = [];
  const interceptor: Interceptor = (options, nextCall) => {
    seen.push(options.method_definition.path);
    return new InterceptingCall(nextCall(options));
  };

  const ways = (said: object): Record<string, ClientFeature> => {
    @BalancedClient({ service: 'greeter', ...greeterProto, ...said })
    class GreeterClient {
      @Call() readonly sayHello!: UnaryCall<HelloRequest, HelloReply>;
    }
    return {
      '@BalancedClient': GreeterClient,
      forFeature: { service: 'greeter', ...greeterProto, ...said },
    };
  };

  const call = async (feature: ClientFeature, name: string): Promise<unknown> => {
    const app = await clientApp(store, [feature]);
    try {
      if (typeof feature === 'function') {
        interface Greeter {
          readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
        }
        return await app.get<Greeter>(feature).sayHello({ name }, { waitForReady: true });
      }
      const stub = app.get<Stub>(getGrpcServiceToken('greeter'));
      return await firstValueFrom(stub.sayHello!({ name }));
    } finally {
      await app.close();
    }
  };
  const large = 'x'.repeat(5_000_000);

  it.each(Object.keys(ways({})))('counts: %s', async (way) => {
    const send = (said: object, name: string) => call(ways(said)[way]!, name);
    await expect(send({}, large)).rejects.toThrow(/RESOURCE_EXHAUSTED/);
    await send({ maxReceiveMessageLength: 8_000_000 }, large);
    await send({ channelOptions: { 'grpc.max_receive_message_length': -1 } }, large);
    await expect(send({ maxSendMessageLength: 1_000 }, large)).rejects.toThrow(
      /RESOURCE_EXHAUSTED/,
    );
    await send({ channelOptions: { interceptors: [interceptor] } }, 'you');
    expect(seen.splice(0)).toEqual(['/helloworld.Greeter/SayHello']);
  });
});

import {
  greeterProto,
  type HelloManyRequest,
  type HelloReply,
  type HelloRequest,
} from '@grpc-discovery/proto';
import { leastRequest, roundRobin } from '@grpc-discovery/balancing';
import { MemoryStore } from '@grpc-discovery/registry';
import { describe, expect, it } from '@jest/globals';
import { clientApp } from '../spec/client-app.js';
import { BalancedClient, type BalancedClientOptions } from './balanced-client.decorator.js';
import type { BidiStreamingCall, ServerStreamingCall, UnaryCall } from './call-types.js';
import { Call, declaredCalls } from './call.decorator.js';
import { ClientCatalog } from './client-catalog.js';
import type { ClientFeature } from './client.providers.js';
import { aSetupError } from '../spec/setup-error.js';

const greeter: BalancedClientOptions = { service: 'greeter', ...greeterProto };

describe('Two clients of a service', () => {
  @BalancedClient({ ...greeter, policy: leastRequest(), retry: { attempts: 2 } })
  abstract class First {
    @Call({ retry: { attempts: 3 } })
    abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
  }

  const catalogOf = async (second: ClientFeature) => {
    const app = await clientApp(new MemoryStore(), [First, second]);
    const channel = app.get(ClientCatalog).channel('greeter');
    await app.close();
    return channel;
  };

  it('share a channel that knows what both say', async () => {
    @BalancedClient(greeter)
    abstract class Second {
      @Call({ compression: 'gzip' })
      abstract readonly sayHelloStreamReply: ServerStreamingCall<HelloManyRequest, HelloReply>;
    }
    expect(await catalogOf(Second)).toEqual({
      service: 'greeter',
      policy: leastRequest(),
      methods: {
        '/helloworld.Greeter': { retry: { attempts: 2 } },
        '/helloworld.Greeter/SayHello': { retry: { attempts: 3 } },
        '/helloworld.Greeter/SayHelloStreamReply': { compression: 'gzip' },
      },
    });
  });

  it('may not differ in the policy', async () => {
    @BalancedClient({ ...greeter, policy: roundRobin() })
    abstract class Second {
      @Call() abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
    }
    await expect(catalogOf(Second)).rejects.toThrow(aSetupError('conflicting-clients'));
    await expect(catalogOf(Second)).rejects.toThrow(/First and Second differ in "policy"/);
  });

  it('may not differ in what they say of an rpc', async () => {
    @BalancedClient(greeter)
    abstract class Second {
      @Call({ retry: { attempts: 4 } })
      abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
    }
    await expect(catalogOf(Second)).rejects.toThrow(/differ in "\/helloworld.Greeter\/SayHello"/);
  });
});

describe('The hash key of @Call', () => {
  it('takes the request of its method, and no other: the compiler says so', () => {
    abstract class Typed {
      @Call({ hashKey: ({ name }: HelloRequest) => name })
      abstract readonly whole: UnaryCall<HelloRequest, HelloReply>;

      @Call({ hashKey: ({ name }: Pick<HelloRequest, 'name'>) => name })
      abstract readonly part: UnaryCall<HelloRequest, HelloReply>;

      // @ts-expect-error the request has no such field
      @Call({ hashKey: ({ id }: { id: string }) => id })
      abstract readonly foreign: UnaryCall<HelloRequest, HelloReply>;

      // @ts-expect-error a stream of requests has no one key
      @Call({ hashKey: ({ name }: HelloRequest) => name })
      abstract readonly stream: BidiStreamingCall<HelloRequest, HelloReply>;
    }
    expect([...declaredCalls(Typed).keys()]).toEqual(['whole', 'part', 'foreign', 'stream']);
  });
});

import {
  greeterProto,
  type HelloManyRequest,
  type HelloReply,
  type HelloRequest,
} from '@grpc-discovery/proto';
import { InvalidPolicyError } from '@grpc-discovery/balancing';
import { MemoryStore } from '@grpc-discovery/registry';
import { until } from '@grpc-discovery/test-support';
import { Metadata, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext, INestMicroservice } from '@nestjs/common';
import { clientApp } from '../spec/client-app.js';
import { Gate, startGreeter } from '../spec/greeter-app.js';
import { BalancedClient, type BalancedClientOptions } from './balanced-client.decorator.js';
import type { BidiStreamingCall, ServerStreamingCall, UnaryCall } from './call-types.js';
import { Call } from './call.decorator.js';
import type { ClientFeature } from './client.providers.js';
import { InvalidOptionError } from '@grpc-discovery/registry';
import { ClientContractError } from '../errors.js';

const greeter: BalancedClientOptions = { service: 'greeter', ...greeterProto };

@BalancedClient(greeter)
abstract class GreeterClient {
  @Call({ timeoutMs: 60_000 })
  abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;

  @Call()
  abstract readonly sayHelloStreamReply: ServerStreamingCall<HelloManyRequest, HelloReply>;

  @Call()
  abstract readonly sayHelloBidiStream: BidiStreamingCall<HelloRequest, HelloReply>;

  /** A method of one's own goes beside the rpcs. */
  async helloTo(name: string): Promise<string> {
    return (await this.sayHello({ name })).message;
  }
}

describe('A @BalancedClient', () => {
  const store = new MemoryStore();
  let server: INestMicroservice;
  let app: INestApplicationContext;
  let client: GreeterClient;

  beforeAll(async () => {
    server = await startGreeter(store);
    app = await clientApp(store, [GreeterClient]);
    client = app.get(GreeterClient);
  });

  afterAll(async () => {
    await app.close();
    await server.close();
  });

  it('makes unary calls that resolve with the reply', async () => {
    const reply = await client.sayHello({ name: 'you' });
    expect(reply.message).toBe('Hello you, database open');
  });

  it('tells in the stack of a failure who made the call, and leaves stack traces as they were', async () => {
    const { stackTraceLimit } = Error;
    const callerOfTheGreeter = async () => {
      await client.sayHello({ name: 'slow' }, { timeoutMs: 1 });
    };
    const failure = callerOfTheGreeter();
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
    await expect(failure).rejects.toMatchObject({
      stack: expect.stringMatching(/DEADLINE_EXCEEDED[^]*for call[^]*callerOfTheGreeter/),
    });
    server.get(Gate).open();
  });

  it('keeps the methods of its class', async () => {
    expect(await client.helloTo('you')).toBe('Hello you, database open');
    expect(client).toBeInstanceOf(GreeterClient);
  });

  it('streams both ways, as fast as replies are read', async () => {
    async function* names() {
      for (const name of ['a', 'b', 'c']) yield await Promise.resolve({ name });
    }
    const messages: string[] = [];
    for await (const { message } of client.sayHelloBidiStream(names())) messages.push(message);
    expect(messages).toEqual(['Hello a', 'Hello b', 'Hello c']);
  });

  it('ends the call of a stream that is left, and the source of its requests', async () => {
    let ended = false;
    async function* endless() {
      try {
        for (;;) yield await Promise.resolve({ name: 'again' });
      } finally {
        ended = true;
      }
    }
    for await (const { message } of client.sayHelloBidiStream(endless())) {
      expect(message).toBe('Hello again');
      break;
    }
    await until('the source is ended', () => ended);
  });

  it('hands the failure of a source of requests to the reader of the replies', async () => {
    // eslint-disable-next-line require-yield -- it fails before it has anything to send
    async function* broken(): AsyncGenerator<HelloRequest> {
      await Promise.resolve();
      throw new Error('no names left');
    }
    const read = async () => {
      for await (const reply of client.sayHelloBidiStream(broken())) expect(reply).toBeUndefined();
    };
    await expect(read()).rejects.toThrow('no names left');
  });

  it('ends a call at its deadline', async () => {
    const gate = server.get(Gate);
    const late = client.sayHello({ name: 'slow' }, { timeoutMs: 50 });
    await expect(late).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
    gate.open();
  });

  it('cancels a call by signal and rejects with its reason', async () => {
    const gate = server.get(Gate);
    const controller = new AbortController();
    const cancelled = client.sayHello({ name: 'slow' }, { signal: controller.signal });
    await gate.arrival();
    controller.abort(new Error('not needed any more'));
    await expect(cancelled).rejects.toThrow('not needed any more');
    gate.open();
  });

  it('rejects at once when the signal has fired before', async () => {
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(client.sayHello({ name: 'you' }, { signal })).rejects.toThrow('too late');
    const read = async () => {
      const request = { name: 'you', times: 1, intervalMs: 0 };
      for await (const reply of client.sayHelloStreamReply(request, { signal })) {
        expect(reply).toBeUndefined();
      }
    };
    await expect(read()).rejects.toThrow('too late');
  });

  it('does not change the metadata it is given', async () => {
    const metadata = new Metadata();
    metadata.set('tenant', 'a');
    await client.sayHello({ name: 'you' }, { metadata, waitForReady: true });
    expect(metadata.getOptions().waitForReady).toBeUndefined();
    expect(metadata.getMap()).toEqual({ tenant: 'a' });
  });
});

describe('A @BalancedClient of a service without an instance', () => {
  it('fails at once and says which service was looked for', async () => {
    const app = await clientApp(new MemoryStore(), [GreeterClient]);
    const call = app.get(GreeterClient).sayHello({ name: 'you' });
    await expect(call).rejects.toMatchObject({
      code: status.UNAVAILABLE,
      details: expect.stringContaining('greeter'),
    });
    await app.close();
  });

  it('waits for one with waitForReady', async () => {
    const store = new MemoryStore();
    const app = await clientApp(store, [GreeterClient]);
    const call = app.get(GreeterClient).sayHello({ name: 'you' }, { waitForReady: true });
    const server = await startGreeter(store);
    expect((await call).message).toBe('Hello you, database open');
    await app.close();
    await server.close();
  });
});

describe('DiscoveryModule.forFeature, at start', () => {
  const start = async (feature: ClientFeature) => {
    const app = await clientApp(new MemoryStore(), [feature]);
    await app.close();
  };

  it('refuses a class that says nothing of its service', async () => {
    class Plain {}
    await expect(start(Plain)).rejects.toThrow(ClientContractError);
  });

  it('refuses an rpc that the contract does not have, by class and property', async () => {
    @BalancedClient(greeter)
    abstract class Misspelt {
      @Call() abstract readonly sayHelo: UnaryCall<HelloRequest, HelloReply>;
    }
    await expect(start(Misspelt)).rejects.toThrow(ClientContractError);
    await expect(start(Misspelt)).rejects.toThrow(/Misspelt\.sayHelo .*sayHello/);
  });

  it('refuses a class without a call, as compilers make that drop abstract properties', async () => {
    @BalancedClient(greeter)
    abstract class Silent {}
    await expect(start(Silent)).rejects.toThrow(ClientContractError);
    await expect(start(Silent)).rejects.toThrow(/Silent must have a property .* has sayHello, /);
  });

  it('refuses a timeout that is none, by class, property and option', async () => {
    @BalancedClient(greeter)
    abstract class Hasty {
      @Call({ timeoutMs: -1 }) abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
    }
    await expect(start(Hasty)).rejects.toThrow(InvalidOptionError);
    await expect(start(Hasty)).rejects.toThrow(/Hasty\.sayHello timeoutMs .* -1/);
  });

  it('refuses an rpcService that the contract does not have', async () => {
    @BalancedClient({ ...greeter, rpcService: 'Orders' })
    abstract class Wrong {
      @Call() abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
    }
    await expect(start(Wrong)).rejects.toThrow(/Orders.*helloworld\.Greeter/);
  });

  it('refuses an option that does not exist, by class, property and option', async () => {
    @BalancedClient(greeter)
    abstract class Wishful {
      @Call({ timeout: 3 } as object) abstract readonly sayHello: UnaryCall<
        HelloRequest,
        HelloReply
      >;
    }
    await expect(start(Wishful)).rejects.toThrow(InvalidOptionError);
    await expect(start(Wishful)).rejects.toThrow(/Wishful\.sayHello timeout must be one of/);
  });

  it('refuses a retry that cannot work', async () => {
    @BalancedClient(greeter)
    abstract class Stubborn {
      @Call({ retry: { attempts: 99 } })
      abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
    }
    await expect(start(Stubborn)).rejects.toThrow(InvalidPolicyError);
    await expect(start(Stubborn)).rejects.toThrow(/SayHello.*retry: attempts/);
  });

  it.each([
    [{ massRemoval: { share: 2 } }, /massRemoval: share must be/],
    [{ massRemoval: { windowMs: -1 } }, /massRemoval: windowMs must be/],
    [{ health: { service: 7 as unknown as string } }, /health: service must be/],
    [{ connectTimeoutMs: 0 }, /Unfit connectTimeoutMs must be/],
  ])('refuses %j for its channel', async (options, text) => {
    @BalancedClient({ ...greeter, ...options })
    abstract class Unfit {
      @Call() abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
    }
    await expect(start(Unfit)).rejects.toThrow(text);
  });

  it('refuses a hash key for a stream of requests', async () => {
    @BalancedClient(greeter)
    abstract class Torn {
      @Call({ hashKey: () => 'a' })
      abstract readonly sayHelloBidiStream: BidiStreamingCall<HelloRequest, HelloReply>;
    }
    await expect(start(Torn)).rejects.toThrow(/Torn\.sayHelloBidiStream hashKey/);
  });
});

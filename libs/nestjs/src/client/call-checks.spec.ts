import { fileURLToPath } from 'node:url';
import { greeterProto, type HelloRequest } from '@grpc-discovery/proto';
import { createMemoryRegistry, MemoryStore } from '@grpc-discovery/registry';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Module, type INestApplicationContext, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { firstValueFrom, type Observable } from 'rxjs';
import { DiscoveryModule } from '../discovery.module.js';
import { startGreeter } from '../spec/greeter-app.js';
import { getGrpcServiceToken } from './client.providers.js';
import { contractService } from './contract.js';
import { rpcCall } from './rpc-calls.js';
import { InvalidOptionError } from '@grpc-discovery/registry';

const totalsProto = {
  package: 'totals',
  protoPath: fileURLToPath(new URL('../spec/totals.proto', import.meta.url)),
};
const you = { name: 'you' };

/** Values of users that can't work, such as `Number(query.timeout)`. */
const WRONG: readonly (readonly [option: string, value: unknown])[] = [
  ['timeoutMs', NaN],
  ['timeoutMs', 1e17],
  ['timeoutMs', 0],
  ['timeoutMs', -1],
  ['timeoutMs', Infinity],
  ['timeoutMs', '\u001b[2J'],
  ['timeoutMs', null],
  ['timeoutMs', Object.create(null)],
  ['timeoutMS', 5],
  ['deadline', 5],
  ['waitForReady', 'yes'],
  ['hashKey', 7],
  ['hashKey', null],
  ['hashKey', { secret: 's3cret' }],
  ['metadata', { authorization: 's3cret' }],
  ['metadata', null],
  ['metadata', 's3cret'],
  ['signal', {}],
  ['signal', new AbortController()],
];

/** Why a call fails that rejects, as all do, and throws nothing. */
async function failureOf(call: () => unknown): Promise<Error> {
  const made = call() as Promise<unknown>;
  try {
    await made;
  } catch (error) {
    return error as Error;
  }
  throw new Error('The call has not failed');
}

describe('What one call asks for', () => {
  const client = new Client('127.0.0.1:1', credentials.createInsecure());
  const greeter = contractService('spec', greeterProto);
  const call = (name: string) => rpcCall(client, greeter.methods.get(name)!, {});
  const add = rpcCall(client, contractService('spec', totalsProto).methods.get('add')!, {});
  const first = (replies: unknown) =>
    (replies as AsyncIterable<unknown>)[Symbol.asyncIterator]().next();
  const kinds: Readonly<Record<string, (argument: unknown, options?: unknown) => unknown>> = {
    unary: call('sayHello') as never,
    'client-streaming': add as never,
    'server-streaming': (request, options) =>
      first(call('sayHelloStreamReply')(request as never, options as never)),
    'bidirectional streaming': (requests, options) =>
      first(call('sayHelloBidiStream')(requests as never, options as never)),
  };
  afterAll(() => client.close());

  describe.each(Object.entries(kinds))('of a %s rpc', (kind, make) => {
    const argument = kind.includes('client') || kind.includes('bi') ? [] : you;

    it.each(WRONG)('rejects for %s of %p, and the process goes on', async (option, value) => {
      const failure = await failureOf(() => make(argument, { [option]: value }));
      expect(failure).toBeInstanceOf(InvalidOptionError);
      expect(failure.message).toMatch(
        new RegExp(`^/\\w+\\.\\w+/\\w+ ${option} must be .*, but is `),
      );
      for (const it of ['s3cret', '\u001b']) expect(failure.message).not.toContain(it);
    });

    it('rejects options that are none', async () => {
      const { message } = await failureOf(() => make(argument, 5_000));
      expect(message).toMatch(/ options must be an object, but is 5000/);
    });
  });

  it.each(['client-streaming', 'bidirectional streaming'])(
    'of a %s rpc rejects requests that are none',
    async (kind) => {
      for (const requests of [undefined, null, 5, { name: 'you' }, 'you']) {
        const { message } = await failureOf(() => kinds[kind]!(requests));
        expect(message).toMatch(/ requests must be an iterable of requests, but is /);
      }
    },
  );

  it('rejects a key that the function of @Call makes of no text', async () => {
    const keyed = rpcCall(client, greeter.methods.get('sayHello')!, {
      hashKey: ({ id }: HelloRequest & { id: string }) => id,
    });
    const made = keyed({ id: 5 } as never) as Promise<unknown>;
    await expect(made).rejects.toThrow(/SayHello hashKey must be a text, but is of type number/);
  });
});

describe('A deadline of grpc-js, given to a client in the way of Nest', () => {
  const store = new MemoryStore();
  let server: INestMicroservice;
  let app: INestApplicationContext;
  let stub: Record<string, (...args: unknown[]) => Observable<{ message: string }>>;

  beforeAll(async () => {
    server = await startGreeter(store);
    @Module({
      imports: [
        DiscoveryModule.forRoot({ registry: createMemoryRegistry(store) }),
        DiscoveryModule.forFeature([{ service: 'greeter', ...greeterProto }]),
      ],
    })
    class CallerModule {}
    app = await NestFactory.createApplicationContext(CallerModule, { logger: false });
    stub = app.get(getGrpcServiceToken('greeter'));
  });
  afterAll(async () => {
    await app.close();
    await server.close();
  });

  const say = (deadline: unknown) =>
    firstValueFrom(stub.sayHello!(you, new Metadata(), { deadline }));

  it.each([NaN, 1e17, new Date(NaN), '5', null, {}])(
    'fails the call for %p, and the process goes on',
    async (deadline) => {
      await expect(say(deadline)).rejects.toThrow(
        /^\/helloworld.Greeter\/SayHello deadline must be a time/,
      );
    },
  );

  it('that is over fails the call', async () => {
    await expect(say(-Infinity)).rejects.toThrow(/DEADLINE_EXCEEDED/);
  });

  it.each([Infinity, Date.now() + 60_000, new Date(Date.now() + 60_000), 8e14 / 4])(
    'is taken: %p',
    async (deadline) => {
      expect((await say(deadline)).message).toMatch(/^Hello you/);
    },
  );
});

import { greeterProto } from '@grpc-discovery/proto';
import { createMemoryRegistry, MemoryStore } from '@grpc-discovery/registry';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, type INestApplicationContext, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  GrpcMethod,
  GrpcStreamCall,
  GrpcStreamMethod,
  MessagePattern,
} from '@nestjs/microservices';
import { fileURLToPath } from 'node:url';
import { DiscoveryModule } from '../discovery.module.js';
import { CountedLogger } from '../spec/counted-logger.js';
import { discoverable, type DiscoverableOptions } from './discoverable.js';

const totals = {
  package: 'totals',
  protoPath: fileURLToPath(new URL('../spec/totals.proto', import.meta.url)),
};
const url = '127.0.0.1:0';

/** A controller of handlers by the names of its methods; each does nothing. */
function controller(handlers: Record<string, MethodDecorator>): Type {
  @Controller()
  class Handlers {}
  for (const [name, decorate] of Object.entries(handlers)) {
    const descriptor = { value: () => ({}), configurable: true, enumerable: false, writable: true };
    Object.defineProperty(Handlers.prototype, name, descriptor);
    decorate(Handlers.prototype, name, descriptor);
    Object.defineProperty(Handlers.prototype, name, descriptor);
  }
  return Handlers;
}

const greeter = {
  sayHello: GrpcMethod('Greeter', 'SayHello'),
  sayHelloStreamReply: GrpcMethod('Greeter', 'SayHelloStreamReply'),
  sayHelloBidiStream: GrpcStreamMethod('Greeter', 'SayHelloBidiStream'),
};
const adding = { add: GrpcStreamCall('Totals', 'Add') };

describe('The handlers of a contract', () => {
  let logger: CountedLogger;
  let app: INestApplicationContext | undefined;

  beforeEach(() => {
    logger = new CountedLogger();
  });
  afterEach(() => app?.close());

  const module = (handlers: Record<string, MethodDecorator>) => {
    @Module({
      imports: [
        DiscoveryModule.forRoot({
          registry: createMemoryRegistry(new MemoryStore()),
          service: { name: 'greeter' },
          drain: { propagationMs: 0 },
        }),
      ],
      controllers: [controller(handlers)],
    })
    class AppModule {}
    return AppModule;
  };
  const warnings = async (
    handlers: Record<string, MethodDecorator>,
    ...servers: DiscoverableOptions[]
  ) => {
    const hybrid = await NestFactory.create(module(handlers), { logger });
    app = hybrid;
    for (const server of servers) hybrid.connectMicroservice(discoverable({ url, ...server }));
    await hybrid.startAllMicroservices();
    return logger.take().filter((line) => line.startsWith('warn: '));
  };

  it.each<[string, Record<string, MethodDecorator>, DiscoverableOptions[]]>([
    ['they fit it', greeter, [greeterProto]],
    [
      'they name its package, too',
      { ...greeter, sayHello: GrpcMethod('helloworld.Greeter', 'SayHello') },
      [greeterProto],
    ],
    [
      'they name the methods as JavaScript does',
      { ...greeter, sayHello: GrpcMethod('Greeter', 'sayHello') },
      [greeterProto],
    ],
    [
      'each of two servers has its own',
      { ...greeter, ...adding },
      [greeterProto, { ...totals, service: { name: 'totals' } }],
    ],
    [
      'other transports have some, too',
      {
        ...greeter,
        other: MessagePattern<object>({ cmd: 'other' }),
        more: MessagePattern<string>('more'),
      },
      [greeterProto],
    ],
    [
      'the server answers health checks and reflection',
      greeter,
      [{ ...greeterProto, reflection: true }],
    ],
  ])('are no matter where %s', async (_, handlers, servers) => {
    expect(await warnings(handlers, ...servers)).toEqual([]);
  });

  const without = (name: keyof typeof greeter, more: Record<string, MethodDecorator> = {}) => {
    const rest = Object.entries(greeter).filter(([each]) => each !== name);
    return { ...Object.fromEntries(rest), ...more };
  };

  it.each<[string, Record<string, MethodDecorator>, DiscoverableOptions, RegExp[]]>([
    [
      'an rpc has none',
      without('sayHello'),
      greeterProto,
      [
        /1 rpc of the contract .*UNIMPLEMENTED: helloworld\.Greeter\/SayHello\. .*@GrpcMethod\('Greeter', 'SayHello'\)/,
      ],
    ],
    [
      'a stream has none',
      without('sayHelloBidiStream'),
      greeterProto,
      [/1 rpc .*helloworld\.Greeter\/SayHelloBidiStream\. .*@GrpcStreamMethod\(/],
    ],
    [
      'a second service has none',
      greeter,
      {
        package: ['helloworld', 'totals'],
        protoPath: [greeterProto.protoPath, totals.protoPath] as string[],
      },
      [/1 rpc .*totals\.Totals\/Add/],
    ],
    [
      'one has a typing error',
      without('sayHello', { sayHello: GrpcMethod('Greeter', 'SayHelo') }),
      greeterProto,
      [/SayHello\. /, /1 handler .*Greeter\.SayHelo \(did you mean "SayHello"\?\)/],
    ],
    [
      'one names another service',
      without('sayHello', { sayHello: GrpcMethod('Greter', 'SayHello') }),
      greeterProto,
      [/SayHello\. /, /Greter\.SayHello \(did you mean "Greeter"\?\)/],
    ],
    [
      'one names nothing like it',
      { ...greeter, other: GrpcMethod('Orders', 'List') },
      greeterProto,
      [/Orders\.List \(there are Greeter, helloworld\.Greeter/],
    ],
    [
      'one takes a stream as one message',
      without('sayHelloBidiStream', {
        sayHelloBidiStream: GrpcMethod('Greeter', 'SayHelloBidiStream'),
      }),
      greeterProto,
      [/SayHelloBidiStream\. /, /its requests are a stream: use @GrpcStreamMethod/],
    ],
    [
      'one takes one message as a stream',
      without('sayHello', { sayHello: GrpcStreamMethod('Greeter', 'SayHello') }),
      greeterProto,
      [/SayHello\. /, /its request is one message: use @GrpcMethod/],
    ],
    [
      'one takes one message as a call',
      without('sayHello', { sayHello: GrpcStreamCall('Greeter', 'SayHello') }),
      greeterProto,
      [/SayHello\. /, /its request is one message: use @GrpcMethod/],
    ],
    [
      'one has a hostile name',
      { ...greeter, other: GrpcMethod('Greeter', '\u001b[2J') },
      greeterProto,
      [/Greeter\.\\u001b\[2J/],
    ],
  ])('are logged at the start if %s', async (_, handlers, server, expected) => {
    expect(await warnings(handlers, server)).toEqual(
      expected.map((it) => expect.stringMatching(it)),
    );
  });
});

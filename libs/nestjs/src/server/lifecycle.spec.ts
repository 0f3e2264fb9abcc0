import { greeterProto, type HelloReply, type HelloRequest } from '@grpc-discovery/proto';
import { MemoryStore } from '@grpc-discovery/registry';
import { until } from '@grpc-discovery/test-support';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitter, once } from 'node:events';
import type { UnaryCall } from '../client/call-types.js';
import { contractService } from '../client/contract.js';
import { rpcCall } from '../client/rpc-calls.js';
import type { DrainOptions } from '../drain/drain-options.js';
import { Database, Gate, greeterModule } from '../spec/greeter-app.js';
import { discoverable } from './discoverable.js';

const { methods } = contractService('spec', greeterProto);
const listening = { ...greeterProto, url: '127.0.0.1:0' };

/** Boots an application; resolves when its gRPC server serves. */
type Boot = (store: MemoryStore, drain: DrainOptions) => Promise<INestApplicationContext>;

const boots: Record<string, Boot> = {
  'a pure microservice': async (store, drain) => {
    const app = await NestFactory.createMicroservice(greeterModule(store, { drain }), {
      logger: false,
      ...discoverable(listening),
    });
    await app.listen();
    return app;
  },
  'a hybrid that listens before it starts its microservices': async (store, drain) => {
    const app = await NestFactory.create(greeterModule(store, { drain }), { logger: false });
    app.connectMicroservice(discoverable(listening));
    await app.listen(0, '127.0.0.1');
    await app.startAllMicroservices();
    return app;
  },
  'a hybrid that starts its microservices before it listens': async (store, drain) => {
    const app = await NestFactory.create(greeterModule(store, { drain }), { logger: false });
    app.connectMicroservice(discoverable(listening));
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    return app;
  },
};

/** Stops an application; resolves when it is stopped. */
type Stop = (app: INestApplicationContext) => Promise<void>;

const stops: Record<string, Stop> = {
  'app.close()': (app) => app.close(),
  'a signal': async (app) => {
    const raised = once(raisedSignals, 'raised');
    app.enableShutdownHooks(['SIGUSR2']);
    process.emit('SIGUSR2');
    await raised;
  },
};

const raisedSignals = new EventEmitter();

// Nest raises the signal again when it is done, also after a spec that has failed meanwhile: that would end this process.
beforeAll(() => {
  jest.spyOn(process, 'kill').mockImplementation(() => {
    raisedSignals.emit('raised');
    return true;
  });
});

const shapes = Object.entries(boots).flatMap(([shape, boot]) =>
  Object.entries(stops).map(([way, stop]) => ({ shape, way, boot, stop })),
);

describe.each(shapes)('$shape, stopped by $way', ({ boot, stop }) => {
  let store: MemoryStore;
  let app: INestApplicationContext;
  let client: Client;
  let sayHello: UnaryCall<HelloRequest, HelloReply>;

  const registered = () => store.snapshot('greeter').instances;

  async function start(drain: DrainOptions): Promise<void> {
    store = new MemoryStore();
    app = await boot(store, drain);
    const [instance] = await until('the greeter is registered', () => {
      const instances = registered();
      return instances.length === 1 && instances;
    });
    client = new Client(instance!.address, credentials.createInsecure());
    const method = methods.get('sayHello')!;
    sayHello = rpcCall(client, method, {}) as typeof sayHello;
  }

  afterEach(() => {
    client.close();
  });

  it('is registered under the port it has bound, when it answers', async () => {
    await start({ propagationMs: 0 });
    const [instance] = registered();
    expect(instance?.address).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
    expect((await sayHello({ name: 'you' })).message).toBe('Hello you, database open');
    await stop(app);
  });

  it('deregisters first, then finishes running calls with everything open, then closes', async () => {
    // Time for the late call, which must be there before the server takes no more.
    await start({ propagationMs: 1_500, graceMs: 60_000 });
    const gate = app.get(Gate);
    const slow = sayHello({ name: 'slow' });
    await gate.arrival();

    const stopped = stop(app);
    await until('the greeter is deregistered', () => registered().length === 0);
    expect((await sayHello({ name: 'late' })).message).toBe('Hello late, database open');
    gate.open();

    expect((await slow).message).toBe('Hello slow, database open');
    await stopped;
    expect(app.get(Database).isOpen).toBe(false);
    await expect(sayHello({ name: 'too late' })).rejects.toThrow(/UNAVAILABLE/);
  });

  it('cuts a stream that never ends when the grace period is over', async () => {
    await start({ propagationMs: 0, graceMs: 700 });
    const method = methods.get('sayHelloStreamReply')!;
    const stream = client.makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      { name: 'you', times: 0, intervalMs: 0 },
    );
    stream.resume();
    const failed = once(stream, 'error') as Promise<[ServiceError]>;
    await sayHello({ name: 'first' });

    await stop(app);
    const [error] = await failed;
    expect(error.code).toBeGreaterThan(0);
  });
});

import { MemoryStore } from '@grpc-discovery/registry';
import {
  Client,
  type ClientReadableStream,
  credentials,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { INestMicroservice } from '@nestjs/common';
import { HealthImplementation, service as health } from 'grpc-health-check';
import { once } from 'node:events';
import { startGreeter } from '../spec/greeter-app.js';
import type { DiscoverableOptions } from './discoverable.js';

interface HealthReply {
  readonly status: string;
}

/** A client of the standard health service. */
class HealthClient {
  private readonly client: Client;

  constructor(address: string) {
    this.client = new Client(address, credentials.createInsecure());
  }

  check(service: string): Promise<string> {
    const { path, requestSerialize, responseDeserialize } = health.Check!;
    return new Promise((resolve, reject) => {
      this.client.makeUnaryRequest<object, HealthReply>(
        path,
        requestSerialize,
        responseDeserialize as (bytes: Buffer) => HealthReply,
        { service },
        (error, reply) => (error ? reject(error) : resolve(reply!.status)),
      );
    });
  }

  list(): Promise<Record<string, HealthReply>> {
    const { path, requestSerialize, responseDeserialize } = health.List!;
    return new Promise((resolve, reject) => {
      this.client.makeUnaryRequest<object, { statuses: Record<string, HealthReply> }>(
        path,
        requestSerialize,
        responseDeserialize as (bytes: Buffer) => { statuses: Record<string, HealthReply> },
        {},
        (error, reply) => (error ? reject(error) : resolve(reply!.statuses)),
      );
    });
  }

  watch(service: string): ClientReadableStream<HealthReply> {
    const { path, requestSerialize, responseDeserialize } = health.Watch!;
    const deserialize = responseDeserialize as (bytes: Buffer) => HealthReply;
    return this.client.makeServerStreamRequest(path, requestSerialize, deserialize, { service });
  }

  close(): void {
    this.client.close();
  }
}

describe('The health service of a discoverable server', () => {
  let app: INestMicroservice;
  let client: HealthClient;

  const start = async (options: Partial<DiscoverableOptions> = {}) => {
    const store = new MemoryStore();
    const drain = { propagationMs: 20, graceMs: 60_000 };
    app = await startGreeter(store, { drain }, options);
    client = new HealthClient(store.snapshot('greeter').instances[0]?.address ?? '');
  };

  afterEach(async () => {
    client.close();
    await app.close();
  });

  it.each(['', 'helloworld.Greeter'])('answers SERVING for "%s" while it serves', async (name) => {
    await start();
    expect(await client.check(name)).toBe('SERVING');
  });

  it('answers NOT_FOUND for a service that the server does not have', async () => {
    await start();
    await expect(client.check('helloworld.Stranger')).rejects.toMatchObject({
      code: status.NOT_FOUND,
    });
  });

  it('lists what it serves', async () => {
    await start();
    expect(await client.list()).toEqual({
      '': { status: 'SERVING' },
      'helloworld.Greeter': { status: 'SERVING' },
    });
  });

  it('leaves a watch of a service that the server does not have open, as one that is unknown', async () => {
    await start();
    const watch = client.watch('helloworld.Stranger').on('error', () => undefined);
    const [reply] = (await once(watch, 'data')) as [HealthReply];
    expect(reply.status).toBe('SERVICE_UNKNOWN');
    watch.cancel();
  });

  it('tells who watches of the drain before the server closes, and ends the watch at once', async () => {
    await start();
    const watch = client.watch('helloworld.Greeter');
    const told: string[] = [];
    watch.on('data', (reply: HealthReply) => void told.push(reply.status));
    await once(watch, 'data');

    const failed = once(watch, 'error') as Promise<[ServiceError]>;
    const begin = performance.now();
    await app.close();
    const [error] = await failed;

    expect(told).toEqual(['SERVING', 'NOT_SERVING']);
    expect(error.code).toBe(status.UNAVAILABLE);
    // Far from the grace period of 60 s, and from the 30 s that other streams get.
    expect(performance.now() - begin).toBeLessThan(20_000);
  });

  it('is not there where it is turned off', async () => {
    await start({ health: false });
    await expect(client.check('')).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
  });

  it('leaves the place to a health service that the application brings', async () => {
    const own = new HealthImplementation({ '': 'UNKNOWN' });
    await start({
      onLoadPackageDefinition: (_definition, server) =>
        own.addToServer(server as Parameters<typeof own.addToServer>[0]),
    });
    expect(await client.check('')).toBe('UNKNOWN');
  });
});

import { greeterProto } from '@grpc-discovery/proto';
import { MemoryStore } from '@grpc-discovery/registry';
import { createCertificates } from '@grpc-discovery/test-support';
import { describeWithOpenssl } from '@grpc-discovery/test-support/jest';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import type { INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { greeterModule } from '../spec/greeter-app.js';
import { quietGrpc } from '../spec/quiet-grpc.js';
import { DiscoverableServer } from './discoverable-server.js';
import { discoverable, type DiscoverableOptions } from './discoverable.js';
import { aSetupError } from '../spec/setup-error.js';

quietGrpc();

/** A port that nobody has. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}

function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).then((open) => {
    socket.destroy();
    return open as boolean;
  });
}

describe('A server', () => {
  let store: MemoryStore;
  let app: INestMicroservice;
  let port: number;

  const create = async (server: Partial<DiscoverableOptions> = {}) => {
    app = await NestFactory.createMicroservice(greeterModule(store), {
      logger: false,
      abortOnError: false,
      ...discoverable({ ...greeterProto, url: `127.0.0.1:${port}`, ...server }),
    });
    return app;
  };
  const registered = () => store.snapshot('greeter').instances.length;

  beforeEach(async () => {
    store = new MemoryStore();
    port = await freePort();
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** Runs when a server reaches a step of its start. */
  const atStep = (step: 'createClient' | 'bindEvents' | 'register', act: () => void) => {
    const prototype = DiscoverableServer.prototype as unknown as Record<
      string,
      () => Promise<unknown>
    >;
    const original = prototype[step]!;
    jest.spyOn(prototype, step as string).mockImplementation(function (this: DiscoverableServer) {
      const result = original.call(this);
      act();
      return result;
    });
  };

  it.each(['createClient', 'bindEvents', 'register'] as const)(
    'that is closed while it is at %s listens no more, is not registered, and says so',
    async (step) => {
      await create();
      let closed: Promise<void> | undefined;
      atStep(step, () => {
        closed = (app as unknown as { serverInstance: DiscoverableServer }).serverInstance.close();
      });
      await expect(app.listen()).rejects.toThrow(aSetupError('server-closed'));
      await closed;
      expect(registered()).toBe(0);
      expect(await isOpen(port)).toBe(false);
      await app.close();
    },
  );

  it('whose application is closed while it starts to listen ends with an error', async () => {
    await create();
    const listening = app.listen().catch((error: unknown) => error);
    await app.close();
    expect(String(await listening)).toMatch(/"greeter".*close\(\) was called/);
    expect(registered()).toBe(0);
    expect(await isOpen(port)).toBe(false);
  });

  it('that was closed before does not listen', async () => {
    await create();
    await app.close();
    await expect(app.listen()).rejects.toThrow(aSetupError('server-closed'));
    expect(await isOpen(port)).toBe(false);
  });

  it('may be closed twice, at once and again', async () => {
    await create();
    await app.listen();
    await Promise.all([app.close(), app.close()]);
    await app.close();
    expect(registered()).toBe(0);
    expect(await isOpen(port)).toBe(false);
  });

  it.each(['at once', 'again'])(
    'that is asked to listen twice, %s, keeps serving',
    async (when) => {
      await create();
      const first = app.listen();
      if (when === 'again') await first;
      await expect(app.listen()).rejects.toThrow(aSetupError('server-listens'));
      await first;
      expect(registered()).toBe(1);
      expect(await isOpen(port)).toBe(true);
      await app.close();
    },
  );

  describe('whose port is taken', () => {
    let other: Server;

    beforeEach(async () => {
      other = createServer().listen(port, '127.0.0.1');
      await once(other, 'listening');
    });

    it('listens on a second request once the port is free', async () => {
      await create();
      await expect(app.listen()).rejects.toThrow(/EADDRINUSE|No address added/);
      await once(other.close(), 'close');
      await app.listen();
      expect(registered()).toBe(1);
      await app.close();
    });
  });
});

describeWithOpenssl('A server with TLS whose start fails', () => {
  let certificates: ReturnType<typeof createCertificates>;

  beforeAll(() => {
    certificates = createCertificates();
  });
  afterAll(() => certificates.remove());

  it.each<[string, Partial<DiscoverableOptions>, number]>([
    ['its port is taken', {}, 1],
    // The contract is read first.
    ['its contract can not be loaded', { protoPath: '/no/such.proto', url: '127.0.0.1:0' }, 0],
    ['its package is none of the contract', { package: 'orders', url: '127.0.0.1:0' }, 0],
  ])('as %s reads its files no more', async (_, server, began) => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const file = (name: string) => join(certificates.folder, name);
    const tls = { certFile: file('server.pem'), keyFile: file('server-key.pem') };
    const app = await NestFactory.createMicroservice(greeterModule(new MemoryStore()), {
      logger: false,
      abortOnError: false,
      ...discoverable({ ...greeterProto, url: `127.0.0.1:${port}`, tls, ...server }),
    });
    const started = jest.spyOn(global, 'setInterval');
    const stopped = jest.spyOn(global, 'clearInterval');
    await expect(app.listen()).rejects.toThrow();
    const timers = started.mock.results.filter((_, i) => started.mock.calls[i]?.[1] === 10_000);
    expect(timers).toHaveLength(began);
    for (const { value } of timers) expect(stopped).toHaveBeenCalledWith(value as NodeJS.Timeout);
    jest.restoreAllMocks();
    await app.close();
    await once(taken.close(), 'close');
  });
});

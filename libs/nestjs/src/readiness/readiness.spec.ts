import { greeterProto, type HelloReply, type HelloRequest } from '@grpc-discovery/proto';
import { createMemoryRegistry, MemoryStore, type Watch } from '@grpc-discovery/registry';
import { until } from '@grpc-discovery/test-support';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext, INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BalancedClient } from '../client/balanced-client.decorator.js';
import type { UnaryCall } from '../client/call-types.js';
import { Call } from '../client/call.decorator.js';
import { DiscoveryModule } from '../discovery.module.js';
import { LocalInstances } from '../server/local-instances.js';
import { startGreeter } from '../spec/greeter-app.js';
import { type LeaveBy, normalizeReadinessOptions } from './readiness.options.js';
import { InvalidOptionError } from '@grpc-discovery/registry';

@BalancedClient({ service: 'greeter', ...greeterProto })
abstract class GreeterClient {
  @Call({ timeoutMs: 60_000 })
  abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
}

describe.each<LeaveBy>(['weight', 'deregistration'])(
  'An instance whose checks fail, leaving by %s',
  (leaveBy) => {
    let store: MemoryStore;
    let database: 'up' | 'down' | 'hung' | 'broken' | 'refusing' | 'circular';
    let apps: INestApplicationContext[];
    let watch: Watch;

    beforeEach(async () => {
      store = new MemoryStore();
      database = 'up';
      apps = [];
      watch = createMemoryRegistry(store).watcher.watch('greeter', () => undefined);
      await start('sick', [check]);
      await start('well', []);
    });

    afterEach(() => Promise.all(apps.map((app) => app.close())));

    let looks = 0;
    const connection: Record<string, unknown> = {};
    connection.database = connection;
    const check = async (): Promise<unknown> => {
      if (database === 'hung') await new Promise(() => undefined);
      if (database === 'broken') throw new Error('no connection');
      if (database === 'refusing') return new Response('', { status: 500 });
      if (database === 'circular') {
        looks += 1;
        return connection;
      }
      return { database: { status: database } };
    };
    const start = async (id: string, checks: (typeof check)[]): Promise<INestMicroservice> => {
      const bounds = { intervalMs: 5, timeoutMs: 20, failures: 2, successes: 2 };
      const app = await startGreeter(store, {
        service: { name: 'greeter', id },
        drain: { propagationMs: 0, graceMs: 500 },
        readiness: { checks, leaveBy, ...bounds },
      });
      apps.push(app);
      return app;
    };
    const weights = () =>
      'snapshot' in watch.state
        ? Object.fromEntries(watch.state.snapshot.instances.map(({ id, weight }) => [id, weight]))
        : {};
    const listsBoth = () =>
      until('both are listed', () => weights().sick === 100 && weights().well);
    const isLeft = () => until('it has left', () => !weights().sick);

    it('gets no calls, fails none, and comes back when they pass', async () => {
      await listsBoth();
      const client = await NestFactory.createApplicationContext(
        {
          module: class {},
          imports: [
            DiscoveryModule.forRoot({ registry: createMemoryRegistry(store) }),
            DiscoveryModule.forFeature([GreeterClient]),
          ],
        },
        { logger: false, abortOnError: false },
      );
      apps.push(client);
      const picked = async () => {
        const calls = Array.from({ length: 10 }, () =>
          client.get(GreeterClient).sayHello({ name: 'you' }),
        );
        return new Set((await Promise.all(calls)).map(({ instanceId }) => instanceId));
      };
      await until('both are called', async () => (await picked()).size === 2);
      database = 'down';
      await isLeft();
      await until('one alone is called', async () => (await picked()).size === 1);
      expect(weights()).toEqual(leaveBy === 'weight' ? { sick: 0, well: 100 } : { well: 100 });
      expect(await picked()).toEqual(new Set(['well']));
      database = 'up';
      await listsBoth();
      expect(await until('both are called', async () => (await picked()).size === 2)).toBe(true);
    });

    it.each(['hung', 'broken', 'refusing'] as const)(
      'leaves when they are %s, too',
      async (state) => {
        await listsBoth();
        database = state;
        await isLeft();
        expect(weights().well).toBe(100);
      },
    );

    it('stays when they resolve with a connection that refers to itself', async () => {
      await listsBoth();
      looks = 0;
      database = 'circular';
      await until('several runs have ended', () => looks > 5);
      expect(weights()).toEqual({ sick: 100, well: 100 });
    });

    it('drains as any other while it is out of rotation, and is not listed again', async () => {
      await listsBoth();
      const [sick] = apps;
      database = 'down';
      await isLeft();
      await sick!.close();
      await until('it is gone', () => !('sick' in weights()));
      expect(sick!.get(LocalInstances).all).toEqual([]);
    });
  },
);

describe('readiness options', () => {
  it.each([{ intervalMs: 0 }, { timeoutMs: NaN }, { failures: 0 }, { successes: 1.5 }])(
    'may not be %j',
    (options) => {
      expect(() => normalizeReadinessOptions({ checks: [], ...options })).toThrow(
        InvalidOptionError,
      );
    },
  );
});

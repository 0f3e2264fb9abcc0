import { createMemoryRegistry } from '@grpc-discovery/registry';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Counter, Registry } from 'prom-client';
import { DiscoveryModule } from '../discovery.module.js';
import { DiscoveryMetricsModule } from './discovery-metrics.module.js';
import { type DiscoveryMetricsOptions, type DiscoveryMetricsRoute } from './metrics.options.js';
import { MetricsServer } from './metrics-server.js';
import { InvalidOptionError } from '@grpc-discovery/registry';

describe('DiscoveryMetricsModule', () => {
  const moduleOf = (metrics: DynamicModule): DynamicModule => ({
    module: class {},
    imports: [DiscoveryModule.forRoot({ registry: createMemoryRegistry() }), metrics],
  });
  const create = (options: DiscoveryMetricsOptions) =>
    NestFactory.createApplicationContext(moduleOf(DiscoveryMetricsModule.forRoot(options)), {
      logger: false,
      abortOnError: false,
    });

  afterEach(() => {
    delete process.env.METRICS_PORT;
  });

  it.each<DiscoveryMetricsOptions>([
    { port: -1 },
    { maxInstances: 0 },
    { buckets: [] },
    { buckets: [2, 1] },
    { buckets: ['1'] as never },
    { buckets: 1 as never },
    { retireAfterMs: 0 },
    { retireAfterMs: Infinity },
    { host: '' },
    { registry: {} as never },
    { registry: null as never },
    { maxInstance: 3 } as never,
    { retireafterms: 3 } as never,
  ])('takes no %j', (options) => {
    expect(() => DiscoveryMetricsModule.forRoot(options)).toThrow(InvalidOptionError);
  });

  it('opens the port that METRICS_PORT names, and none without', async () => {
    process.env.METRICS_PORT = 'http';
    await expect(create({})).rejects.toThrow('METRICS_PORT must be an integer from 0 to 65535');
    process.env.METRICS_PORT = '0';
    const open = await create({});
    expect(open.get(MetricsServer).port).toBeGreaterThan(0);
    await open.close();
    delete process.env.METRICS_PORT;
    const closed = await create({});
    expect(closed.get(MetricsServer).port).toBeUndefined();
    await closed.close();
  });

  it.each<[DiscoveryMetricsRoute, RegExp]>([
    [{ path: 'metrics' }, /path must be a path like/],
    [{ path: '/' }, /path must be/],
    [{ path: '/a*' }, /path must be/],
    [{ path: '/\u001b[2J' }, /path must be .*\\u001b/],
    [{ controller: 'no' as never }, /controller must be true or false/],
  ])('takes no route %j', (route, message) => {
    expect(() => DiscoveryMetricsModule.forRoot(route)).toThrow(InvalidOptionError);
    expect(() => DiscoveryMetricsModule.forRoot(route)).toThrow(message);
    const useFactory = () => ({});
    expect(() => DiscoveryMetricsModule.forRootAsync({ ...route, useFactory })).toThrow(message);
  });

  it('takes neither a route of the factory nor an unknown option of forRootAsync', async () => {
    const useFactory = () => ({ path: '/here' }) as object;
    const created = NestFactory.createApplicationContext(
      moduleOf(DiscoveryMetricsModule.forRootAsync({ useFactory })),
      { logger: false, abortOnError: false },
    );
    await expect(created).rejects.toThrow(/^path must be one of registry, /);
    const misspelt = { useFactry: useFactory } as never;
    expect(() => DiscoveryMetricsModule.forRootAsync(misspelt)).toThrow(
      'Did you mean "useFactory"',
    );
  });

  it('takes options that are computed of injected providers', async () => {
    const registry = new Registry();
    @Module({ providers: [{ provide: 'registry', useValue: registry }], exports: ['registry'] })
    class RegistryModule {}
    const app = await NestFactory.createApplicationContext(
      moduleOf(
        DiscoveryMetricsModule.forRootAsync({
          imports: [RegistryModule],
          inject: ['registry'],
          useFactory: (given: Registry) => Promise.resolve({ registry: given, port: 0 }),
          path: '/internal/metrics',
        }),
      ),
      { logger: false },
    );
    const url = `http://127.0.0.1:${app.get(MetricsServer).port}`;
    expect(await (await fetch(`${url}/internal/metrics`)).text()).toBe(await registry.metrics());
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
    await app.close();
  });

  describe('beside an HTTP server', () => {
    const answers = async (options: DiscoveryMetricsOptions, path: string) => {
      const app = await NestFactory.create(moduleOf(DiscoveryMetricsModule.forRoot(options)), {
        logger: false,
      });
      await app.listen(0, '127.0.0.1');
      const { status, headers } = await fetch(`${await app.getUrl()}${path}`);
      await app.close();
      return { status, type: headers.get('content-type') };
    };

    it('answers GET /metrics, or another path', async () => {
      expect((await answers({}, '/metrics')).status).toBe(200);
      expect((await answers({ path: '/internal/metrics' }, '/internal/metrics')).status).toBe(200);
      expect((await answers({ path: '/internal/metrics' }, '/metrics')).status).toBe(404);
    });

    it('answers nothing with controller: false', async () => {
      expect((await answers({ controller: false }, '/metrics')).status).toBe(404);
    });

    it.each([Registry.PROMETHEUS_CONTENT_TYPE, Registry.OPENMETRICS_CONTENT_TYPE] as const)(
      'answers in the format of its registry, %s',
      async (type) => {
        const registry = new Registry();
        registry.setContentType(type as never);
        const answer = await answers({ registry }, '/metrics');
        // Express orders the parameters in one version as they are given, and in another by their names.
        const parts = (text: string | null) => new Set(text?.split('; '));
        expect(parts(answer.type)).toEqual(parts(type));
      },
    );
  });

  it('refuses a registry that another application uses, and leaves its metrics alone', async () => {
    const registry = new Registry();
    const first = await create({ registry });
    const before = await registry.metrics();
    await expect(create({ registry })).rejects.toThrow(
      /^registry must be a registry without metrics of these names, but is one that has grpc_\w+, perhaps from another application/,
    );
    expect(await registry.metrics()).toBe(before);
    await first.close();
  });

  it('leaves the registry at shutdown, with the metrics of others in it', async () => {
    const registry = new Registry();
    new Counter({ name: 'orders_total', help: 'Orders.', registers: [registry] });
    for (let i = 0; i < 2; i++) {
      const app = await create({ registry });
      expect(registry.getMetricsAsArray().length).toBeGreaterThan(10);
      await app.close();
      expect(registry.getMetricsAsArray().map(({ name }) => name)).toEqual(['orders_total']);
    }
  });

  it('takes back what it has added where the registry has one of the names', async () => {
    const registry = new Registry();
    const name = 'grpc_discovery_draining';
    new Counter({ name, help: 'Mine.', registers: [registry] });
    await expect(create({ registry })).rejects.toThrow(name);
    expect(registry.getMetricsAsArray().map((metric) => metric.name)).toEqual([name]);
  });

  it('fails at start where the port is taken', async () => {
    const first = await create({ port: 0 });
    const { port } = first.get(MetricsServer);
    await expect(create({ port: port! })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await first.close();
  });
});

import { greeterProto, type HelloReply, type HelloRequest } from '@grpc-discovery/proto';
import { createMemoryRegistry, MemoryStore } from '@grpc-discovery/registry';
import { until } from '@grpc-discovery/test-support';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Registry } from 'prom-client';
import { BalancedClient } from '../client/balanced-client.decorator.js';
import type { UnaryCall } from '../client/call-types.js';
import { Call } from '../client/call.decorator.js';
import { ServiceChannels } from '../client/service-channels.js';
import { DiscoveryModule } from '../discovery.module.js';
import { discoverable } from '../server/discoverable.js';
import { LocalInstances } from '../server/local-instances.js';
import { Database, Gate, GreeterController } from '../spec/greeter-app.js';
import { series, seriesOf } from '../spec/prometheus-text.js';
import { createTestFleet, type TestFleet } from '../testing/test-fleet.js';
import { DiscoveryMetricsModule } from './discovery-metrics.module.js';
import { MetricsServer } from './metrics-server.js';
import { type DiscoveryMetricsOptions, METRICS_REGISTRY } from './metrics.options.js';

@BalancedClient({ service: 'greeter', ...greeterProto })
abstract class GreeterClient {
  @Call({ timeoutMs: 60_000, waitForReady: true })
  abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
}

const CLIENT = 'service_name="greeter",rpc_service="helloworld.Greeter",rpc_method="SayHello"';
const SERVER = `${CLIENT},instance_id="greeter-1"`;
const INSTANCE = 'service_name="greeter",instance_id="greeter-1"';

describe('Metrics of a greeter that calls itself', () => {
  let app: INestMicroservice;
  let registry: Registry;

  beforeEach(async () => {
    registry = new Registry();
    @Module({
      imports: [
        DiscoveryModule.forRoot({
          registry: createMemoryRegistry(new MemoryStore()),
          service: { name: 'greeter', id: 'greeter-1' },
          drain: { propagationMs: 0, graceMs: 100 },
        }),
        DiscoveryModule.forFeature([GreeterClient]),
        DiscoveryMetricsModule.forRoot({ registry, port: 0 }),
      ],
      controllers: [GreeterController],
      providers: [Database, Gate],
    })
    class AppModule {}
    app = await NestFactory.createMicroservice(AppModule, {
      logger: false,
      ...discoverable({ ...greeterProto, url: '127.0.0.1:0' }),
    });
    await app.listen();
  });

  afterEach(() => app.close());

  const url = () => `http://127.0.0.1:${app.get(MetricsServer).port}/metrics`;
  const scrape = async () => (await fetch(url())).text();
  const sayHello = (name: string, timeoutMs?: number) =>
    app.get(GreeterClient).sayHello({ name }, timeoutMs === undefined ? {} : { timeoutMs });

  it('counts and times known traffic on both sides', async () => {
    for (let i = 0; i < 5; i++) await sayHello('you');
    await expect(sayHello('slow', 1_000)).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
    const values = await until('both sides have told of all calls', async () => {
      const found = series(await scrape());
      return found.get(`grpc_server_call_duration_seconds_count{${SERVER}}`) === 6 && found;
    });
    expect(Object.fromEntries(values)).toMatchObject({
      [`grpc_client_calls_total{${CLIENT},instance_id="greeter-1",rpc_grpc_status_code="0"}`]: 5,
      [`grpc_client_calls_total{${CLIENT},instance_id="greeter-1",rpc_grpc_status_code="4"}`]: 1,
      [`grpc_client_call_duration_seconds_count{${CLIENT}}`]: 6,
      [`grpc_client_call_duration_seconds_bucket{le="+Inf",${CLIENT}}`]: 6,
      [`grpc_client_calls_in_flight{${CLIENT}}`]: 0,
      [`grpc_client_picks_total{${INSTANCE}}`]: 6,
      [`grpc_client_instances{service_name="greeter",status="ready"}`]: 1,
      [`grpc_client_instances{service_name="greeter",status="ejected"}`]: 0,
      [`grpc_server_calls_total{${SERVER},rpc_grpc_status_code="0"}`]: 5,
      [`grpc_server_calls_total{${SERVER},rpc_grpc_status_code="1"}`]: 1,
      [`grpc_server_calls_in_flight{${SERVER}}`]: 0,
      [`grpc_discovery_registered{${INSTANCE}}`]: 1,
      [`grpc_discovery_listed_instances{service_name="greeter"}`]: 1,
      [`grpc_client_instances_passed_over{service_name="greeter",reason="failing"}`]: 0,
      grpc_discovery_registry_up: 1,
      grpc_discovery_leases_lost_total: 0,
      grpc_discovery_reregistrations_total: 0,
      grpc_discovery_id_conflicts_total: 0,
    });
    // Memory has no lease.
    expect([...values.keys()]).not.toContain('grpc_discovery_lease_remaining_seconds');
    const seconds = values.get(`grpc_client_call_duration_seconds_sum{${CLIENT}}`);
    expect(seconds).toBeGreaterThan(0.9);
    expect(seconds).toBeLessThan(60);
    app.get(Gate).open();
  });

  it('shows calls in flight, health checks left out', async () => {
    const call = sayHello('slow');
    await app.get(Gate).arrival();
    const text = await scrape();
    expect(seriesOf(text, 'grpc_client_calls_in_flight')).toEqual([
      `grpc_client_calls_in_flight{${CLIENT}} 1`,
    ]);
    expect(seriesOf(text, 'grpc_server_calls_in_flight')).toEqual([
      `grpc_server_calls_in_flight{${SERVER}} 1`,
    ]);
    app.get(Gate).open();
    await call;
  });

  it('reports the result of a drain, and releases the port after it', async () => {
    const call = sayHello('slow');
    await app.get(Gate).arrival();
    const where = url();
    const told: Promise<string>[] = [];
    app.get(LocalInstances).onDrain(() => told.push(registry.metrics()));
    await Promise.all([expect(call).rejects.toThrow(), app.close()]);
    const [begun = '', ended = ''] = await Promise.all(told);
    expect(series(begun).get(`grpc_discovery_draining{${INSTANCE}}`)).toBe(1);
    const values = series(ended);
    expect(Object.fromEntries(values)).toMatchObject({
      [`grpc_discovery_draining{${INSTANCE}}`]: 0,
      [`grpc_discovery_drain_duration_seconds_count{${INSTANCE}}`]: 1,
      [`grpc_discovery_drain_streams_ended_total{${INSTANCE}}`]: 0,
      [`grpc_discovery_drain_calls_cut_total{${INSTANCE}}`]: 1,
    });
    await expect(fetch(where)).rejects.toThrow('fetch failed');
  });

  it('answers GET /metrics alone', async () => {
    expect((await fetch(url(), { method: 'POST' })).status).toBe(405);
    expect((await fetch(url().replace('/metrics', '/'))).status).toBe(404);
    expect((await fetch(url())).headers.get('content-type')).toBe(registry.contentType);
  });
});

describe('Metrics of a client', () => {
  let fleet: TestFleet<'greeter'>;
  let app: INestApplicationContext;

  afterEach(async () => {
    await app.close();
    await fleet.close();
  });

  const start = async (options: DiscoveryMetricsOptions) => {
    fleet = await createTestFleet({ greeter: 3 });
    app = await NestFactory.createApplicationContext(
      {
        module: class {},
        imports: [
          DiscoveryModule.forRoot({ registry: fleet.registry() }),
          DiscoveryModule.forFeature([GreeterClient]),
          DiscoveryMetricsModule.forRoot(options),
        ],
      },
      { logger: false },
    );
    await fleet.whenConnected('greeter');
    for (let i = 0; i < 30; i++) await app.get(GreeterClient).sayHello({ name: 'you' });
  };
  const scrape = () => app.get<Registry>(METRICS_REGISTRY).metrics();

  it('keep the series of an instance that has gone, for any number of scrapes', async () => {
    await start({});
    const gone = () => app.get(ServiceChannels).describe('greeter')?.endpoints.length === 2;
    await fleet.instances('greeter')[0]!.stop();
    await until('it has gone', gone);
    for (let i = 0; i < 5; i++) {
      const calls = seriesOf(await scrape(), 'grpc_client_calls_total', 'instance_id="greeter-1"');
      expect(calls).toEqual([expect.stringMatching(/ 10$/)]);
    }
  });

  it('drop the series of an instance when it has been gone for the time', async () => {
    await start({ retireAfterMs: 1 });
    const calls = async (id: string) =>
      seriesOf(await scrape(), 'grpc_client_calls_total', `instance_id="${id}"`);
    expect(await calls('greeter-1')).toHaveLength(1);
    await fleet.instances('greeter')[0]!.stop();
    await until('its series are gone', async () => (await calls('greeter-1')).length === 0);
    const text = await scrape();
    expect(seriesOf(text, 'grpc_client_picks_total', '"greeter-1"')).toEqual([]);
    expect(seriesOf(text, 'grpc_client_picks_total')).toHaveLength(2);
  });

  it('put the instances beyond the bound together', async () => {
    await start({ maxInstances: 1 });
    const picks = seriesOf(await scrape(), 'grpc_client_picks_total');
    expect(picks).toHaveLength(2);
    expect(picks).toContain(
      'grpc_client_picks_total{service_name="greeter",instance_id="other"} 20',
    );
  });
});

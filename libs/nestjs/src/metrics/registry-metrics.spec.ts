import { greeterProto } from '@grpc-discovery/proto';
import { createEtcdRegistry, type Registry as InstanceRegistry } from '@grpc-discovery/registry';
import { etcdKinds, until, type EtcdFixture } from '@grpc-discovery/test-support';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Etcd3 } from 'etcd3';
import { Registry } from 'prom-client';
import { ServiceChannels } from '../client/service-channels.js';
import { DiscoveryModule } from '../discovery.module.js';
import { DISCOVERY_REGISTRY } from '../discovery.tokens.js';
import { series } from '../spec/prometheus-text.js';
import { DiscoveryMetricsModule } from './discovery-metrics.module.js';

const GREETER = '{service_name="greeter"}';
const LISTED = `grpc_discovery_listed_instances${GREETER}`;
const BROKEN = `grpc_discovery_broken_entries${GREETER}`;
const EVENTS = `grpc_discovery_events_total${GREETER}`;
const STALENESS = `grpc_discovery_list_staleness_seconds${GREETER}`;
const lists = (reason: string) =>
  `grpc_discovery_lists_total{service_name="greeter",reason="${reason}"}`;

const instance = {
  id: 'greeter-1',
  service: 'greeter',
  address: '127.0.0.1:50051',
  version: '',
  weight: 100,
  locality: { region: '', zone: '', subZone: '' },
  metadata: {},
  startedAt: '2026-01-01T00:00:00.000Z',
};

describe.each(etcdKinds('/metrics-spec/'))('Metrics of the registry on $name', (kind) => {
  let etcd: EtcdFixture;
  let metrics: Registry;
  let app: INestApplicationContext;

  beforeEach(async () => {
    etcd = await kind.start();
    metrics = new Registry();
    app = await NestFactory.createApplicationContext(
      {
        module: class {},
        imports: [
          DiscoveryModule.forRoot({ etcd: { hosts: etcd.url, namespace: 'metrics-spec' } }),
          DiscoveryModule.forFeature([{ service: 'greeter', ...greeterProto }]),
          DiscoveryMetricsModule.forRoot({ registry: metrics }),
        ],
      },
      { logger: false },
    );
    app.get(ServiceChannels).channel('greeter');
    const { registrar } = app.get<InstanceRegistry>(DISCOVERY_REGISTRY);
    await registrar.register(instance).whenRegistered();
  });

  afterEach(async () => {
    await app.close();
    await etcd.destroy();
  });

  const scraped = async (expected: (values: Record<string, number>) => void) => {
    await until('the metrics tell so', async () => {
      expected(Object.fromEntries(series(await metrics.metrics())));
      return true;
    });
  };

  it('tell of lists, changes, entries that can not be read, and of the lease', async () => {
    await scraped((values) => {
      expect(values).toMatchObject({
        [LISTED]: 1,
        [BROKEN]: 0,
        [lists('start')]: 1,
        grpc_discovery_registry_up: 1,
      });
      expect(values[STALENESS]).toBeLessThan(10);
      expect(values.grpc_discovery_lease_remaining_seconds).toBeGreaterThan(1);
      expect(values.grpc_discovery_lease_remaining_seconds).toBeLessThanOrEqual(10);
    });
    const before = series(await metrics.metrics()).get(EVENTS) ?? NaN;
    const raw = new Etcd3({ hosts: etcd.url });
    await raw.put('/metrics-spec/instances/greeter/greeter-2').value('no instance');
    raw.close();
    await scraped((values) =>
      expect(values).toMatchObject({ [LISTED]: 1, [BROKEN]: 1, [EVENTS]: before + 1 }),
    );
  });

  it('tell that another process has taken the id of an instance', async () => {
    await scraped((values) =>
      expect(values).toMatchObject({ [LISTED]: 1, grpc_discovery_id_conflicts_total: 0 }),
    );
    const other = createEtcdRegistry({ hosts: etcd.url, namespace: 'metrics-spec' });
    const startedAt = '2026-01-02T00:00:00.000Z';
    other.registrar.register({ ...instance, address: '127.0.0.1:50052', startedAt });
    await scraped((values) =>
      expect(values).toMatchObject({ [LISTED]: 2, grpc_discovery_id_conflicts_total: 1 }),
    );
    await other.close();
  });

  it('tell of an outage, and of what it cost', async () => {
    await scraped((values) => expect(values).toMatchObject({ [LISTED]: 1 }));
    await etcd.stop();
    await scraped((values) => {
      expect(values).toMatchObject({ [LISTED]: 1, grpc_discovery_registry_up: 0 });
      expect(values[STALENESS]).toBeGreaterThan(1);
    });
    await etcd.restart({ wipe: true });
    await scraped((values) => {
      expect(values).toMatchObject({ [LISTED]: 1, grpc_discovery_registry_up: 1 });
      expect(values.grpc_discovery_leases_lost_total).toBeGreaterThan(0);
      expect(values.grpc_discovery_reregistrations_total).toBeGreaterThan(0);
      expect(values[lists('failed')]! + values[lists('resumed')]!).toBeGreaterThan(0);
      expect(values[STALENESS]).toBeLessThan(5);
    });
  });
});

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { EtcdServer, TcpProxy, until } from '@grpc-discovery/test-support';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';
import type { RegistryDescription, ServiceDescription } from '../registry-description.js';
import type { Registry } from '../registry.js';
import { anInstance } from '../spec/instances.js';
import { RawEtcd } from '../spec/raw-etcd.js';
import { RecordedWatch } from '../spec/watches.js';
import { createEtcdRegistry } from './etcd-registry.js';

const KEY = '/discovery/instances/greeter/greeter-1';

describeOnEtcd('description of a registry in etcd', () => {
  let etcd: EtcdServer;
  let raw: RawEtcd;
  let proxy: TcpProxy;
  let registry: Registry;

  beforeEach(async () => {
    etcd = await EtcdServer.start();
    raw = new RawEtcd(etcd.url);
    proxy = await TcpProxy.start(etcd.url);
    registry = createEtcdRegistry({ hosts: proxy.url, leaseTtlSeconds: 5 });
  });
  afterEach(async () => {
    await registry.close();
    await proxy.stop();
    await etcd.destroy();
  });

  const greeter = (): ServiceDescription => {
    const [service] = registry.describe().services;
    if (service === undefined) throw new Error('greeter is not watched');
    return service;
  };
  const described = (what: string, holds: (now: RegistryDescription) => boolean) =>
    until(what, () => holds(registry.describe()));

  it('describes where it is connected to, since when, and that it was cut off', async () => {
    const { connection, namespace, hosts, kind } = registry.describe();
    expect(connection).toEqual({ kind: 'unknown' });
    expect({ kind, namespace, hosts }).toEqual({
      kind: 'etcd',
      namespace: 'discovery',
      hosts: [proxy.url],
    });
    const watch = new RecordedWatch(registry, 'greeter');
    await watch.untilIds([]);
    const up = registry.describe().connection;
    expect(up).toMatchObject({ kind: 'up', endpoint: proxy.url });
    proxy.cut();
    await described('it is down', (now) => now.connection.kind === 'down');
    const down = registry.describe().connection;
    if (up.kind !== 'up' || down.kind !== 'down') throw new Error('not cut off');
    expect(down.since.getTime()).toBeGreaterThanOrEqual(up.since.getTime());
    expect(down.reason).not.toBe('');
    expect(greeter().state).toBe('stale');
    proxy.heal();
    await described('it is up again', (now) => now.connection.kind === 'up');
    await described('it was listed anew', () => greeter().lists.failed >= 1);
    expect(greeter().lists.start).toBe(1);
    await described('its watch stands again', (now) => now.watchStream.watches === 2);
    expect(registry.describe().watchStream.streams).toBeGreaterThan(1);
  });

  it('describes its lease, and counts its loss and the new put of the instance', async () => {
    await registry.registrar.register(anInstance()).whenRegistered();
    const { lease } = registry.describe();
    if (lease.kind !== 'held') throw new Error(`the lease is ${lease.kind}`);
    expect(lease.ttlMs).toBe(5_000);
    expect(lease.confirmedAgoMs).toBeGreaterThanOrEqual(0);
    expect(lease.leftMs + lease.confirmedAgoMs).toBeCloseTo(lease.ttlMs);
    await raw.revokeAll();
    await described('it is put again', ({ registrar }) => registrar.reregistered >= 1);
    await described('its lease was lost', ({ registrar }) => registrar.lostLeases === 1);
    expect(registry.describe().registrar.registered).toBe(1);
    await registry.close();
    expect(registry.describe().lease).toEqual({ kind: 'closed' });
  });

  it('counts broken entries while they are there', async () => {
    const watch = new RecordedWatch(registry, 'greeter');
    await watch.untilIds([]);
    await raw.put(KEY, 'no instance');
    await described('it is counted', () => greeter().brokenEntries === 1);
    expect(greeter()).toMatchObject({ instances: 0, events: 1 });
    await raw.put(KEY, JSON.stringify(anInstance()));
    await watch.untilIds(['greeter-1']);
    expect(greeter()).toMatchObject({ instances: 1, events: 2, brokenEntries: 0 });
  });
});

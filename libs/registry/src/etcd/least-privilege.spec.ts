import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { EtcdServer, until } from '@grpc-discovery/test-support';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';
import { Etcd3, Range } from 'etcd3';
import { RegistryRefusedError } from '../errors/registry-errors.js';
import type { Registry } from '../registry.js';
import { anInstance } from '../spec/instances.js';
import { RecordedLogger } from '../spec/recorded-logger.js';
import { RecordedConfigWatch, RecordedServicesWatch, RecordedWatch } from '../spec/watches.js';
import { createEtcdRegistry } from './etcd-registry.js';

const password = 's3cret';
const config = { loadBalancingConfig: [{ round_robin: {} }] };

describeOnEtcd('registry with a role of its own, as docs/security.md gives it', () => {
  let etcd: EtcdServer;
  let root: Etcd3;
  let logger: RecordedLogger;
  let registry: Registry;

  beforeAll(async () => {
    etcd = await EtcdServer.start();
    const client = new Etcd3({ hosts: etcd.url });
    const reader = client.role('discovery-reader');
    await reader.create();
    await reader.grant([
      { permission: 'Read', range: Range.prefix('/discovery/instances/') },
      { permission: 'Read', range: Range.prefix('/discovery/config/') },
      { permission: 'Read', range: Range.prefix('/discovery/overrides/') },
      { permission: 'Read', key: '/discovery/epoch' },
    ]);
    const greeter = client.role('greeter');
    await greeter.create();
    await greeter.grant([
      { permission: 'Readwrite', range: Range.prefix('/discovery/instances/greeter/') },
      { permission: 'Readwrite', key: '/discovery/config/greeter' },
    ]);
    const operator = client.role('discovery-operator');
    await operator.create();
    await operator.grant([
      { permission: 'Readwrite', range: Range.prefix('/discovery/overrides/') },
      { permission: 'Readwrite', range: Range.prefix('/discovery/config/') },
    ]);
    const partner = client.role('partner');
    await partner.create();
    await partner.grant([
      { permission: 'Read', range: Range.prefix('/discovery/instances/greeter/') },
      { permission: 'Read', range: Range.prefix('/discovery/overrides/greeter/') },
      { permission: 'Read', key: '/discovery/epoch' },
    ]);
    const older = client.role('without-overrides');
    await older.create();
    await older.grant({ permission: 'Read', range: Range.prefix('/discovery/instances/') });
    for (const [name, ...roles] of [
      ['greeter', 'greeter', 'discovery-reader'],
      ['gateway', 'discovery-reader'],
      ['operator', 'discovery-operator', 'discovery-reader'],
      ['partner', 'partner'],
      ['older', 'without-overrides'],
      ['root', 'root'],
    ] as const) {
      if (name === 'root') await client.role('root').create();
      await client.user(name).create(password);
      for (const role of roles) await client.user(name).addRole(role);
    }
    await client.put('/discovery/epoch').value('e1');
    await client.auth.authEnable();
    client.close();
    root = new Etcd3({ hosts: etcd.url, auth: { username: 'root', password } });
  });
  beforeEach(() => {
    registry = as('greeter');
  });
  afterEach(() => registry.close());
  afterAll(async () => {
    root.close();
    await etcd.destroy();
  });

  function as(username: string): Registry {
    logger = new RecordedLogger();
    const options = { hosts: etcd.url, leaseTtlSeconds: 5, auth: { username, password } };
    return createEtcdRegistry(options, logger);
  }

  it('registers, replaces and deregisters its instances, and publishes its config', async () => {
    const watch = new RecordedWatch(registry, 'greeter');
    const published = new RecordedConfigWatch(registry, 'greeter');
    const registration = registry.registrar.register(anInstance());
    await registration.whenRegistered();
    await registry.configs.publish('greeter', config);
    await Promise.all([watch.untilIds(['greeter-1']), published.untilConfig(config)]);
    // By somebody else: it is put again by a lease that was not revoked.
    await root.delete().key('/discovery/instances/greeter/greeter-1').exec();
    await until('it is there again', () =>
      root.get('/discovery/instances/greeter/greeter-1').exists(),
    );
    registry.registrar.register(anInstance({ id: 'greeter-2' }));
    await watch.untilIds(['greeter-1', 'greeter-2']);
    await registration.deregister();
    await watch.untilIds(['greeter-2']);
    await registry.configs.remove('greeter');
    await published.untilNone();
    expect(logger.lines.filter((line) => !line.startsWith('info'))).toEqual([]);
  });

  it('watches other services, and finds out by the epoch that the store is another one', async () => {
    const key = '/discovery/instances/orders/orders-1';
    await root.put(key).value(JSON.stringify(anInstance({ service: 'orders', id: 'orders-1' })));
    const watch = new RecordedWatch(registry, 'orders');
    await watch.untilIds(['orders-1']);
    expect(await root.get('/discovery/epoch').string()).toBe('e1');
    await root.delete().key(key).exec();
    await watch.untilIds([]);
    expect(logger.lines).toEqual([]);
  });

  it('can neither register as another service nor publish its config', async () => {
    const foreign = registry.registrar.register(anInstance({ service: 'orders' }));
    await until('it is refused', () => {
      const { state } = foreign;
      return state.kind === 'registering' && state.lastError instanceof RegistryRefusedError;
    });
    const published = registry.configs.publish('orders', config);
    await expect(published).rejects.toThrow(RegistryRefusedError);
    await expect(registry.configs.remove('orders')).rejects.toThrow(RegistryRefusedError);
    expect(await root.getAll().prefix('/discovery/instances/orders/').keys()).toEqual([]);
  });

  it.each([
    '/discovery/instances/orders/orders-1',
    '/discovery/instances/greeter-2/x',
    '/discovery/config/orders',
    '/discovery/config/greeter-2',
    '/discovery/overrides/greeter/greeter-1',
    '/discovery/epoch',
    '/other/instances/greeter/greeter-1',
  ])('can not write %s by any other client', async (key) => {
    const client = new Etcd3({ hosts: etcd.url, auth: { username: 'greeter', password } });
    await expect(client.put(key).value('x')).rejects.toThrow('permission denied');
    await expect(client.delete().key(key).exec()).rejects.toThrow('permission denied');
    client.close();
  });

  it('is drained by an operator, who can not register', async () => {
    const operator = as('operator');
    await registry.registrar.register(anInstance()).whenRegistered();
    const watch = new RecordedWatch(registry, 'greeter');
    await watch.untilWeights({ 'greeter-1': 100 });
    const drained = registry.overrides.set('greeter', 'greeter-1', { weight: 0 });
    await expect(drained).rejects.toThrow(RegistryRefusedError);
    await operator.overrides.set('greeter', 'greeter-1', { weight: 0 });
    await watch.untilWeights({ 'greeter-1': 0 });
    expect(await operator.services()).toContain('greeter');
    await operator.overrides.remove('greeter', 'greeter-1');
    await watch.untilWeights({ 'greeter-1': 100 });
    const key = '/discovery/instances/greeter/x';
    const client = new Etcd3({ hosts: etcd.url, auth: { username: 'operator', password } });
    await expect(client.put(key).value('x')).rejects.toThrow('permission denied');
    client.close();
    await operator.close();
  });

  it('serves a client that may not read overrides, with the weights that instances have', async () => {
    const older = as('older');
    await registry.registrar.register(anInstance()).whenRegistered();
    const watch = new RecordedWatch(older, 'greeter');
    await watch.untilWeights({ 'greeter-1': 100 });
    expect(older.describe().services[0]?.overrides.state).toBe('failing');
    const refusals = logger.lines.filter((line) => line.includes('/discovery/overrides/greeter/'));
    expect(refusals).toHaveLength(1);
    await older.close();
  });

  it('refuses a watch of all services to a client that may read one service, and keeps watching that one', async () => {
    const partner = as('partner');
    await registry.registrar.register(anInstance()).whenRegistered();
    const all = new RecordedServicesWatch(partner);
    const { error } = await all.untilKind('unavailable');
    expect(error).toBeInstanceOf(RegistryRefusedError);
    expect(error.message).toContain('/discovery/instances/: ');
    await new RecordedWatch(partner, 'greeter').untilWeights({ 'greeter-1': 100 });
    expect(all.states).toHaveLength(1);
    expect(logger.lines).toEqual([`warn ${error.message}`]);
    await partner.close();
  });

  it('shows all services to a client that may not read overrides, with the weights that instances have', async () => {
    const older = as('older');
    await registry.registrar.register(anInstance()).whenRegistered();
    await new RecordedServicesWatch(older).untilWeights({ greeter: { 'greeter-1': 100 } });
    expect(older.describe().allServices?.overrides.state).toBe('failing');
    const refusals = logger.lines.filter((line) => line.includes('/discovery/overrides/: '));
    expect(refusals).toHaveLength(1);
    await older.close();
  });

  it('reads everything and writes nothing as a client', async () => {
    const gateway = as('gateway');
    await registry.registrar.register(anInstance()).whenRegistered();
    await new RecordedWatch(gateway, 'greeter').untilIds(['greeter-1']);
    await new RecordedServicesWatch(gateway).untilWeights({ greeter: { 'greeter-1': 100 } });
    await new RecordedConfigWatch(gateway, 'greeter').untilNone();
    expect(logger.lines).toEqual([]);
    await expect(gateway.configs.publish('greeter', config)).rejects.toThrow(RegistryRefusedError);
    await gateway.close();
  });
});

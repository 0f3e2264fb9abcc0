import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createEtcdRegistry, RegistryRefusedError } from '@grpc-discovery/registry';
import { EtcdServer, until } from '@grpc-discovery/test-support';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';
import { Etcd3, Range } from 'etcd3';
import { setTimeout as delay } from 'node:timers/promises';
import { anInstance } from '../../libs/registry/src/spec/instances.js';
import { RecordedLogger } from '../../libs/registry/src/spec/recorded-logger.js';
import { stopwatch } from '../../libs/registry/src/spec/stopwatch.js';
import { RecordedWatch } from '../../libs/registry/src/spec/watches.js';

const auth = { username: 'gateway', password: 's3cret-gateway' };

describeOnEtcd('registry on an etcd with users', () => {
  let etcd: EtcdServer;
  const create = (logger = new RecordedLogger(), password = auth.password) =>
    createEtcdRegistry(
      { hosts: etcd.url, leaseTtlSeconds: 5, auth: { ...auth, password } },
      logger,
    );

  beforeAll(async () => {
    etcd = await EtcdServer.start();
    const client = new Etcd3({ hosts: etcd.url });
    const role = client.role('greeter-only');
    await role.create();
    await role.grant([
      { permission: 'Readwrite', range: Range.prefix('/discovery/instances/greeter/') },
      { permission: 'Readwrite', key: '/discovery/epoch' },
    ]);
    await client.user(auth.username).create(auth.password);
    await client.user(auth.username).addRole('greeter-only');
    await client.role('root').create();
    await client.user('root').create('s3cret-root');
    await client.user('root').addRole('root');
    await client.auth.authEnable();
    client.close();
  });
  afterAll(() => etcd.destroy());

  it('registers and watches, and tells of a forbidden service only its own watch', async () => {
    const logger = new RecordedLogger();
    const registry = create(logger);
    const greeter = new RecordedWatch(registry, 'greeter');
    const elapsed = stopwatch();
    const orders = new RecordedWatch(registry, 'orders');
    const forbidden = registry.registrar.register(anInstance({ service: 'orders' }));
    await registry.registrar.register(anInstance()).whenRegistered();
    await greeter.untilIds(['greeter-1']);
    const state = await orders.untilKind('unavailable');
    expect(elapsed('row 19: forbidden prefix is reported')).toBeLessThan(2_000);
    expect(state).toMatchObject({ error: expect.any(RegistryRefusedError) });
    await until('the forbidden registration tells why', () => {
      const { state: now } = forbidden;
      return now.kind === 'registering' && now.lastError instanceof RegistryRefusedError;
    });
    const told = greeter.states.length;
    // Over at least one more try of the forbidden ones.
    await delay(3_000);
    expect(greeter.states).toHaveLength(told);
    expect(logger.lines.join()).not.toContain('s3cret');
    await registry.close();
  });

  it('gets a new token when etcd has forgotten the old one', async () => {
    const registry = create();
    const watch = new RecordedWatch(registry, 'greeter');
    const registration = registry.registrar.register(anInstance());
    await registration.whenRegistered();
    await watch.untilIds(['greeter-1']);
    await etcd.restart();
    const elapsed = stopwatch();
    const second = registry.registrar.register(anInstance({ id: 'greeter-2' }));
    await second.whenRegistered();
    await watch.untilIds(['greeter-1', 'greeter-2']);
    expect(elapsed('row 18: calls and watches back after a restart with auth')).toBeLessThan(1_500);
    await registry.close();
  });

  it('tells a wrong password once, without showing it', async () => {
    const logger = new RecordedLogger();
    const registry = create(logger, 's3cret-wrong');
    const elapsed = stopwatch();
    const watch = new RecordedWatch(registry, 'greeter');
    const registration = registry.registrar.register(anInstance());
    const state = await watch.untilKind('unavailable');
    expect(elapsed('row 20: wrong password is reported')).toBeLessThan(2_000);
    expect(state).toMatchObject({ error: expect.any(RegistryRefusedError) });
    expect((state as { error: Error }).error.message).not.toContain('s3cret');
    await until('the registration tells why', () => {
      const { state: now } = registration;
      return now.kind === 'registering' && now.lastError instanceof RegistryRefusedError;
    });
    // Over at least one more try of both.
    await delay(3_000);
    expect(logger.lines).toHaveLength(1);
    expect(logger.lines.join()).not.toContain('s3cret');
    await registry.close();
  });
});

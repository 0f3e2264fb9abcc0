import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { etcdKinds, type EtcdFixture } from '@grpc-discovery/test-support';
import { RegistryUnreachableError } from '../../errors/registry-errors.js';
import type { Registry } from '../../registry.js';
import { anInstance } from '../../spec/instances.js';
import { RawEtcd } from '../../spec/raw-etcd.js';
import { RecordedServicesWatch } from '../../spec/watches.js';
import { createEtcdRegistry } from '../etcd-registry.js';

describe.each(etcdKinds('/discovery/'))('the watch of all services on $name', (kind) => {
  let etcd: EtcdFixture;
  let raw: RawEtcd;
  let registry: Registry;

  beforeEach(async () => {
    etcd = await kind.start();
    raw = new RawEtcd(etcd.url);
    registry = createEtcdRegistry({ hosts: etcd.url, leaseTtlSeconds: 5 });
  });
  afterEach(async () => {
    await registry.close();
    await etcd.destroy();
  });

  const put = (service: string, id: string) =>
    raw.put(`/discovery/instances/${service}/${id}`, JSON.stringify(anInstance({ service, id })));

  it('is stale with its last services during an outage, then goes on with what has changed', async () => {
    await put('greeter', 'a');
    await put('orders', 'o');
    await registry.overrides.set('orders', 'o', { weight: 7 });
    const all = new RecordedServicesWatch(registry);
    const last = await all.untilWeights({ greeter: { a: 100 }, orders: { o: 7 } });
    await etcd.stop();
    const stale = await all.untilKind('stale');
    expect(stale.snapshot).toBe(last);
    expect(stale.error).toBeInstanceOf(RegistryUnreachableError);
    await etcd.restart();
    await put('accounts', 'x');
    await all.untilWeights({ accounts: { x: 100 }, greeter: { a: 100 }, orders: { o: 7 } });
    if (!('snapshot' in all.state)) throw new Error(`it is ${all.state.kind}`);
    const { services } = all.state.snapshot;
    expect(services.get('greeter')).toBe(last.services.get('greeter'));
    expect(services.get('orders')).toBe(last.services.get('orders'));
  });

  it('heals when etcd comes back empty: those that live stay, the others go', async () => {
    await put('orders', 'ghost');
    await registry.registrar.register(anInstance({ id: 'a' })).whenRegistered();
    await registry.overrides.set('greeter', 'a', { weight: 7 });
    const all = new RecordedServicesWatch(registry);
    await all.untilWeights({ greeter: { a: 7 }, orders: { ghost: 100 } });
    await etcd.restart({ wipe: true });
    await all.untilWeights({ greeter: { a: 100 } });
    await put('accounts', 'x');
    await all.untilWeights({ accounts: { x: 100 }, greeter: { a: 100 } });
    const without = all.states.filter(
      (state) => 'snapshot' in state && !state.snapshot.services.has('greeter'),
    );
    expect(without).toEqual([]);
  });

  it('is unavailable while etcd never answered, then live', async () => {
    await etcd.stop();
    const all = new RecordedServicesWatch(registry);
    const { error } = await all.untilKind('unavailable');
    expect(error).toBeInstanceOf(RegistryUnreachableError);
    expect(error.message).toContain('/discovery/instances/: ');
    await etcd.restart();
    await put('greeter', 'a');
    await all.untilWeights({ greeter: { a: 100 } });
    expect(all.states[0]?.kind).toBe('unavailable');
  });
});

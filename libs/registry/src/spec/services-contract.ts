import { expect, it } from '@jest/globals';
import { until } from '@grpc-discovery/test-support';
import { RegistryClosedError } from '../errors/registry-errors.js';
import type { Registry } from '../registry.js';
import { anInstance } from './instances.js';
import { RecordedServicesWatch, RecordedWatch } from './watches.js';

/** What a watch of all services promises. `registries` gives two that see each other, fresh for each spec. */
export function itWatchesAllServices(registries: () => { ours: Registry; theirs: Registry }) {
  const register = async (service: string, id: string) => {
    const registration = registries().ours.registrar.register(anInstance({ service, id }));
    await registration.whenRegistered();
    return registration;
  };

  it('shows a watch of all services each one that comes, changes and goes, with all of its fields', async () => {
    const { ours, theirs } = registries();
    const all = new RecordedServicesWatch(theirs);
    const empty = await all.untilWeights({});
    expect(empty.revision).toMatch(/^\d+$/);
    const order = await register('orders', 'o');
    await register('greeter', 'b');
    await register('greeter', 'a');
    const both = { greeter: { a: 100, b: 100 }, orders: { o: 100 } };
    const registered = await all.untilWeights(both);
    const orders = registered.services.get('orders');
    expect(orders?.instances).toEqual([anInstance({ service: 'orders', id: 'o' })]);
    expect(orders?.service).toBe('orders');
    ours.registrar.register(anInstance({ service: 'orders', id: 'o', weight: 7 }));
    const changed = await all.untilWeights({ ...both, orders: { o: 7 } });
    await order.deregister();
    const left = await all.untilWeights({ greeter: { a: 100, b: 100 } });
    const revisions = [empty, registered, changed, left].map(({ revision }) => BigInt(revision));
    for (const [i, revision] of revisions.slice(1).entries()) {
      expect(revision).toBeGreaterThan(revisions[i]!);
    }
  });

  it('shows a watch of all services what a watch of each shows', async () => {
    const { theirs } = registries();
    const greeter = new RecordedWatch(theirs, 'greeter');
    await register('greeter', 'a');
    await theirs.overrides.set('greeter', 'a', { weight: 0 });
    const one = await greeter.untilWeights({ a: 0 });
    const { services } = await new RecordedServicesWatch(theirs).untilWeights({
      greeter: { a: 0 },
    });
    const { instances, registeredWeights } = services.get('greeter')!;
    expect({ instances, registeredWeights }).toEqual({
      instances: one.instances,
      registeredWeights: one.registeredWeights,
    });
  });

  it('keeps names apart of which one begins with the other, also their weights', async () => {
    const { theirs } = registries();
    const all = new RecordedServicesWatch(theirs);
    await register('user-admin', 'x');
    await register('user', 'x');
    await register('user.admin', 'x');
    await theirs.overrides.set('user', 'x', { weight: 1 });
    const weights = (user: number) => ({
      user: { x: user },
      'user-admin': { x: 100 },
      'user.admin': { x: 100 },
    });
    await all.untilWeights(weights(1));
    await theirs.overrides.remove('user', 'x');
    await all.untilWeights(weights(100));
  });

  it('keeps the very snapshot of each service that has not changed', async () => {
    const { ours, theirs } = registries();
    for (const service of ['accounts', 'greeter', 'orders']) await register(service, 'a');
    await theirs.overrides.set('orders', 'a', { weight: 3 });
    const all = new RecordedServicesWatch(theirs);
    const weights = (accounts: number, greeter: number) => ({
      accounts: { a: accounts },
      greeter: { a: greeter },
      orders: { a: 3 },
    });
    const steps = [await all.untilWeights(weights(100, 100))];
    ours.registrar.register(anInstance({ service: 'accounts', id: 'a', weight: 7 }));
    steps.push(await all.untilWeights(weights(7, 100)));
    await theirs.overrides.set('greeter', 'a', { weight: 5 });
    steps.push(await all.untilWeights(weights(7, 5)));
    await theirs.overrides.remove('greeter', 'a');
    steps.push(await all.untilWeights(weights(7, 100)));
    const changed = steps.slice(1).map(({ services }, i) => {
      const names = [...services.keys()];
      return names.filter((name) => services.get(name) !== steps[i]?.services.get(name));
    });
    expect(changed).toEqual([['accounts'], ['greeter'], ['greeter']]);
  });

  it('does not notify a watch of all services of overrides of missing instances', async () => {
    const { theirs } = registries();
    await register('greeter', 'a');
    const all = new RecordedServicesWatch(theirs);
    await all.untilWeights({ greeter: { a: 100 } });
    await theirs.overrides.set('greeter', 'gone', { weight: 1 });
    await theirs.overrides.set('orders', 'gone', { weight: 1 });
    await register('accounts', 'b');
    await all.untilWeights({ accounts: { b: 100 }, greeter: { a: 100 } });
    expect(all.states).toHaveLength(2);
  });

  it('never calls a listener of all services from within the watch, nor after its close, nor with pending', async () => {
    const { theirs } = registries();
    const first = new RecordedServicesWatch(theirs);
    expect(first.states).toEqual([]);
    expect(first.state.kind).toBe('pending');
    expect(first.watch.stalenessMs()).toBeUndefined();
    await first.untilWeights({});
    const second = new RecordedServicesWatch(theirs);
    expect(second.states).toEqual([]);
    expect(second.state).toBe(first.state);
    await until('the second is notified', () => second.states.length === 1);
    expect(second.watch.stalenessMs()).toBeGreaterThanOrEqual(0);
    second.watch.close();
    second.watch.close();
    await register('greeter', 'a');
    await first.untilWeights({ greeter: { a: 100 } });
    expect(second.states).toHaveLength(1);
    expect(first.states.map(({ kind }) => kind)).toEqual(['live', 'live']);
  });

  it('serves the other listeners of all services when one throws', async () => {
    const { theirs } = registries();
    theirs.watcher.watchServices(() => {
      throw new Error('listener');
    });
    const all = new RecordedServicesWatch(theirs);
    await all.untilWeights({});
    await register('greeter', 'a');
    await all.untilWeights({ greeter: { a: 100 } });
  });

  it('starts a new watch of all services after the last one was closed', async () => {
    const { theirs } = registries();
    const first = new RecordedServicesWatch(theirs);
    await first.untilWeights({});
    first.watch.close();
    await register('greeter', 'a');
    await new RecordedServicesWatch(theirs).untilWeights({ greeter: { a: 100 } });
    expect(first.states).toHaveLength(1);
  });

  it('ends a watch of all services with the registry, and begins none any more', async () => {
    const { theirs } = registries();
    const all = new RecordedServicesWatch(theirs);
    await all.untilWeights({});
    await theirs.close();
    await register('greeter', 'a');
    all.watch.close();
    expect(all.states).toHaveLength(1);
    expect(() => theirs.watcher.watchServices(() => undefined)).toThrow(RegistryClosedError);
  });
}

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { etcdKinds, until, type EtcdFixture } from '@grpc-discovery/test-support';
import type { Registry } from '../../registry.js';
import { anInstance } from '../../spec/instances.js';
import { RawEtcd } from '../../spec/raw-etcd.js';
import { RecordedConfigWatch, RecordedServicesWatch, RecordedWatch } from '../../spec/watches.js';
import { createEtcdRegistry } from '../etcd-registry.js';
import { surveyEtcd } from '../etcd-registry.js';

/** All that only reads. */
const READERS: Readonly<Record<string, (registry: Registry) => Promise<unknown>>> = {
  'a watch of a service': (registry) => new RecordedWatch(registry, 'greeter').untilIds([]),
  'a watch of all services': (registry) => new RecordedServicesWatch(registry).untilWeights({}),
  'a watch of a config': (registry) => new RecordedConfigWatch(registry, 'greeter').untilNone(),
  'the names of services': (registry) => registry.services(),
  'the weights that are set': (registry) => registry.overrides.list('greeter'),
};

for (const kind of etcdKinds('/epoch')) {
  describe(`The epoch of a store, on ${kind.name}`, () => {
    let etcd: EtcdFixture;
    let registry: Registry;

    beforeAll(async () => {
      etcd = await kind.start();
    });
    afterEach(() => registry.close());
    afterAll(() => etcd.destroy());

    const open = (namespace: string) => {
      registry = createEtcdRegistry({ hosts: etcd.url, namespace, leaseTtlSeconds: 5 });
    };
    const keysOf = async (namespace: string) => {
      const { keys } = await surveyEtcd({ hosts: etcd.url });
      return keys.map(({ key }) => key).filter((key) => key.startsWith(`/${namespace}/`));
    };

    it.each(Object.entries(READERS))('is not written by %s', async (_, read) => {
      open('epoch-misspelt');
      await read(registry);
      expect(await keysOf('epoch-misspelt')).toEqual([]);
    });

    it('is written by who registers, stays when that leaves, and is another one in another store', async () => {
      open('epoch-right');
      await registry.registrar.register(anInstance()).whenRegistered();
      const epoch = async () => (await new RawEtcd(etcd.url).get('/epoch-right/epoch'))?.value;
      const first = await until('it is written', epoch);
      const other = createEtcdRegistry({ hosts: etcd.url, namespace: 'epoch-right' });
      await other.registrar.register(anInstance({ id: 'greeter-2' })).whenRegistered();
      await other.close();
      expect(await epoch()).toBe(first);
      await etcd.restart({ wipe: true });
      const second = await until('it is written anew', epoch);
      expect(second).not.toBe(first);
    });
  });
}

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { etcdKinds, type EtcdFixture } from '@grpc-discovery/test-support';
import { RegistryUnreachableError } from '../../errors/registry-errors.js';
import { anInstance } from '../../spec/instances.js';
import { RawEtcd } from '../../spec/raw-etcd.js';
import { createEtcdRegistry, surveyEtcd } from '../etcd-registry.js';

for (const kind of etcdKinds('/survey')) {
  describe(`survey of ${kind.name}`, () => {
    let etcd: EtcdFixture;

    beforeAll(async () => {
      etcd = await kind.start();
    });
    afterAll(() => etcd.destroy());

    it('returns every key, and whether it is on a lease, up to the limit', async () => {
      const registry = createEtcdRegistry({ hosts: etcd.url, namespace: 'survey' });
      await registry.registrar.register(anInstance()).whenRegistered();
      await new RawEtcd(etcd.url).put('/survey-other/x', 'x');
      const { keys, more } = await surveyEtcd({ hosts: etcd.url });
      expect(keys).toContainEqual({
        key: '/survey/instances/greeter/greeter-1',
        leased: true,
      });
      expect(keys).toContainEqual({ key: '/survey-other/x', leased: false });
      expect(more).toBe(false);
      const few = await surveyEtcd({ hosts: etcd.url }, 1);
      expect({ keys: few.keys.length, more: few.more }).toEqual({ keys: 1, more: true });
      await registry.close();
    });

    it('reports that etcd does not answer', async () => {
      await etcd.stop();
      await expect(surveyEtcd({ hosts: etcd.url })).rejects.toThrow(RegistryUnreachableError);
      await etcd.restart();
    });
  });
}

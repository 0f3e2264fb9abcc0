import { etcdKinds, type EtcdFixture } from '@grpc-discovery/test-support';
import { describeRegistryContract } from '../spec/registry-contract.js';
import { createEtcdRegistry } from './etcd-registry.js';

for (const kind of etcdKinds('/contract')) {
  let etcd: EtcdFixture;
  describeRegistryContract(kind.name, {
    async start() {
      etcd = await kind.start();
      return etcd.url;
    },
    stop: () => etcd.destroy(),
    create: (hosts, namespace) => createEtcdRegistry({ hosts, namespace, leaseTtlSeconds: 5 }),
  });
}

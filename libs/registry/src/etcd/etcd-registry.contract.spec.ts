import { describe, it } from '@jest/globals';
import { EtcdServer, hasEtcdBinary } from '@grpc-discovery/test-support';
import { describeRegistryContract } from '../registry.contract.js';
import { createEtcdRegistry } from './etcd-registry.js';

if (hasEtcdBinary()) {
  let etcd: EtcdServer;
  describeRegistryContract('etcd', {
    async start() {
      etcd = await EtcdServer.start();
      return etcd.url;
    },
    stop: () => etcd.destroy(),
    create: (hosts, namespace) => createEtcdRegistry({ hosts, namespace, leaseTtlSeconds: 5 }),
  });
} else {
  // There is no etcd on this machine to run the contract on.
  describe.skip('registry contract on etcd', () => it.todo('needs an etcd on the PATH'));
}

import { EtcdServer, hasEtcdBinary } from '@grpc-discovery/test-support';
import { describeRegistryContract } from '../registry.contract.js';
import { createEtcdRegistry } from './etcd-registry.js';

let etcd: EtcdServer;
describeRegistryContract('etcd', {
  skipped: hasEtcdBinary() ? undefined : 'there is no etcd on the PATH',
  async start() {
    etcd = await EtcdServer.start();
    return etcd.url;
  },
  stop: () => etcd.destroy(),
  create: (hosts, namespace) => createEtcdRegistry({ hosts, namespace, leaseTtlSeconds: 5 }),
});

import { createEtcdRegistry, type Registry } from '@grpc-discovery/registry';
import { builtEtcds, etcdBinary, EtcdServer } from '@grpc-discovery/test-support';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Etcd3 } from 'etcd3';
import { runProgram } from '../program.js';
import { GreeterServer } from '../spec/greeter-server.js';
import { RecordedOutput } from '../spec/recorded-output.js';

const own = etcdBinary();
const built = builtEtcds();
const binaries = built.length > 0 ? built : own ? [own] : [];

/** What etcd answers of leases differs between its releases. */
describeOnEtcd('on each etcd there is', () => {
  describe.each(binaries)('doctor on etcd $version', (binary) => {
    let etcd: EtcdServer;
    let registry: Registry;
    let server: GreeterServer;

    afterEach(async () => {
      server.stop();
      await registry.close();
      await etcd.destroy();
    });

    it('finds exactly the instances without a lease', async () => {
      etcd = await EtcdServer.start({ binary });
      server = await GreeterServer.start();
      registry = createEtcdRegistry({ hosts: etcd.url });
      const { address } = server;
      await registry.registrar
        .register({ id: 'kept', service: 'greeter', address })
        .whenRegistered();
      const raw = new Etcd3({ hosts: etcd.url });
      await raw.put('/discovery/instances/greeter/left').value('x');
      raw.close();
      const output = new RecordedOutput();
      const env = { ETCD_HOSTS: etcd.url };
      const { signal } = new AbortController();
      await runProgram(['doctor'], { output, env, signal });
      const lines = output.lines.filter((line) => line.includes('has no lease'));
      expect(lines).toEqual([expect.stringContaining('greeter/left has no lease')]);
    });
  });
});

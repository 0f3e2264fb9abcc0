import { join } from 'node:path';
import { EmbeddedEtcd } from '@grpc-discovery/embedded-etcd';
import { createEtcdRegistry } from '@grpc-discovery/registry';
import { createCertificates, freePorts, hasOpenssl, until } from '@grpc-discovery/test-support';
import { describeWith } from '@grpc-discovery/test-support/jest';
import { afterEach, expect, it } from '@jest/globals';
import { Agent } from '../../../apps/agent/src/agent.js';
import { Backend } from '../../../libs/xds/src/spec/backends.js';
import { startEnvoy } from './peer.js';
import { hasVirtualEnvironments, INSTALL_MS, pythonPackages } from './python-packages.js';

const needs = 'python3 with venv, and openssl';

describeWith(hasVirtualEnvironments() && hasOpenssl(), needs)(
  'A central agent with mutual TLS',
  () => {
    const ends: (() => unknown)[] = [];
    afterEach(async () => {
      for (const end of ends.splice(0).reverse()) await end();
    });

    async function start() {
      const etcd = await EmbeddedEtcd.start();
      ends.push(() => etcd.stop());
      const services = createEtcdRegistry({ hosts: [...etcd.hosts] });
      ends.push(() => services.close());
      const backend = await new Backend('a').start();
      ends.push(() => backend.stop());
      const address = `127.0.0.1:${backend.port}`;
      await services.registrar.register({ service: 'greeter', address }).whenRegistered();
      const certificates = createCertificates('agent.internal');
      ends.push(() => certificates.remove());
      const [ingress = 0] = await freePorts(1);
      const { server, ca } = certificates;
      const options = {
        listen: '127.0.0.1:0',
        status: { host: '127.0.0.1', port: 0 },
        ingress: { host: '127.0.0.1', port: ingress },
        snapshot: undefined,
        tls: { certificate: server.certificate, key: server.key, clientCa: ca },
      };
      const ignore = () => undefined;
      const registry = createEtcdRegistry({ hosts: [...etcd.hosts] });
      const agent = new Agent(registry, options, { info: ignore, warn: ignore });
      ends.push(() => agent.close());
      await agent.start();
      return { agent, certificates, ingress };
    }

    it(
      'feeds an Envoy that has a certificate of its CA',
      async () => {
        const { envoy } = await pythonPackages();
        const { agent, certificates, ingress } = await start();
        const file = (name: string) => join(certificates.folder, name);
        const peer = await startEnvoy(envoy, agent.port!, ingress, {
          caFile: file('ca.pem'),
          certFile: file('client.pem'),
          keyFile: file('client-key.pem'),
          serverName: 'agent.internal',
        });
        ends.push(() => peer.stop());
        const answers = await until('a call is answered', async () => {
          const found = await peer.calls({ service: 'greeter', count: 1 });
          return 'a' in found && found;
        });
        expect(answers).toEqual({ a: 1 });
      },
      INSTALL_MS,
    );
  },
);

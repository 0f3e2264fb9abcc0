import { createEtcdRegistry, type Registry } from '@grpc-discovery/registry';
import {
  createCertificates,
  EtcdServer,
  TcpProxy,
  until,
  type Certificates,
} from '@grpc-discovery/test-support';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anInstance } from '../../libs/registry/src/spec/instances.js';
import { RecordedLogger } from '../../libs/registry/src/spec/recorded-logger.js';
import { stopwatch } from '../../libs/registry/src/spec/stopwatch.js';
import { RecordedWatch } from '../../libs/registry/src/spec/watches.js';
import { describeOnEtcdWithTls } from '@grpc-discovery/test-support/jest';

const BACK_MS = 5_000;

describeOnEtcdWithTls('registry whose TLS files are replaced', () => {
  let old: Certificates;
  let fresh: Certificates;
  let folder: string;
  let etcd: EtcdServer;
  let proxy: TcpProxy;
  let logger: RecordedLogger;
  let registry: Registry;
  let watch: RecordedWatch;

  beforeEach(async () => {
    old = createCertificates();
    fresh = createCertificates();
    folder = mkdtempSync(join(tmpdir(), 'tls-'));
    put(old, 'ca.pem', 'server.pem', 'server-key.pem', 'client.pem', 'client-key.pem');
    const args = ['--cert-file', file('server.pem'), '--key-file', file('server-key.pem')];
    args.push('--client-cert-auth', '--trusted-ca-file', file('etcd-ca.pem'));
    copyFileSync(join(old.folder, 'ca.pem'), file('etcd-ca.pem'));
    etcd = await EtcdServer.start({ scheme: 'https', args });
    proxy = await TcpProxy.start(etcd.url);
    logger = new RecordedLogger();
    const tls = {
      caFile: file('ca.pem'),
      certFile: file('client.pem'),
      keyFile: file('client-key.pem'),
    };
    const hosts = proxy.url.replace('http:', 'https:');
    registry = createEtcdRegistry({ hosts, leaseTtlSeconds: 5, tls }, logger);
    watch = new RecordedWatch(registry, 'greeter');
    await registry.registrar.register(anInstance()).whenRegistered();
    await watch.untilIds(['greeter-1']);
  });
  afterEach(async () => {
    await registry.close();
    await proxy.stop();
    await etcd.destroy();
    for (const each of [old, fresh]) each.remove();
    rmSync(folder, { recursive: true });
  });

  const file = (name: string) => join(folder, name);
  function put({ folder: from }: Certificates, ...names: string[]): void {
    for (const name of names) copyFileSync(join(from, name), file(name));
  }

  it('is back within 5 s after its files fit to an etcd with another CA', async () => {
    put(fresh, 'server.pem', 'server-key.pem');
    copyFileSync(join(fresh.folder, 'ca.pem'), file('etcd-ca.pem'));
    await etcd.restart();
    const refusal = 'should let this process in';
    await until('it is refused', () => logger.lines.some((line) => line.includes(refusal)));
    put(fresh, 'ca.pem', 'client.pem', 'client-key.pem');
    const elapsed = stopwatch();
    await registry.registrar.register(anInstance({ id: 'late' })).whenRegistered();
    await watch.untilIds(['greeter-1', 'late']);
    expect(elapsed('back with other files')).toBeLessThan(BACK_MS);
  }, 30_000);

  it('uses the last good files while the new certificate is there and its key is not', async () => {
    put(fresh, 'client.pem');
    proxy.cut();
    await until('the old connection is gone', () => proxy.connections === 0);
    proxy.heal();
    await registry.registrar.register(anInstance({ id: 'late' })).whenRegistered();
    await watch.untilIds(['greeter-1', 'late']);
    expect(logger.lines.filter((line) => line.includes('TLS files'))).toHaveLength(1);
  });
});

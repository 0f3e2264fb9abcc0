import {
  createEtcdRegistry,
  RegistryRefusedError,
  RegistryUnreachableError,
  type EtcdRegistryOptions,
  type Registry,
} from '@grpc-discovery/registry';
import {
  createCertificates,
  EtcdServer,
  until,
  type Certificates,
} from '@grpc-discovery/test-support';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { anInstance } from '../../libs/registry/src/spec/instances.js';
import { RecordedLogger } from '../../libs/registry/src/spec/recorded-logger.js';
import { stopwatch } from '../../libs/registry/src/spec/stopwatch.js';
import { RecordedWatch } from '../../libs/registry/src/spec/watches.js';
import { describeOnEtcdWithTls } from '@grpc-discovery/test-support/jest';

type Tls = EtcdRegistryOptions['tls'];

describeOnEtcdWithTls('registry on an etcd with TLS', () => {
  let ours: Certificates;
  let theirs: Certificates;
  let etcd: EtcdServer;
  let logger: RecordedLogger;
  let registry: Registry | undefined;

  beforeAll(async () => {
    ours = createCertificates();
    theirs = createCertificates();
    const file = (name: string) => join(ours.folder, name);
    const args = ['--cert-file', file('server.pem'), '--key-file', file('server-key.pem')];
    args.push('--client-cert-auth', '--trusted-ca-file', file('ca.pem'));
    etcd = await EtcdServer.start({ scheme: 'https', args });
  });
  afterEach(() => registry?.close());
  afterAll(async () => {
    await etcd.destroy();
    ours.remove();
    theirs.remove();
  });

  const mutual = ({ ca, client }: Certificates): Tls => ({
    rootCertificate: ca,
    privateKey: client.key,
    certChain: client.certificate,
  });

  function create(hosts: string, tls: Tls): Registry {
    logger = new RecordedLogger();
    return (registry = createEtcdRegistry(
      { hosts, leaseTtlSeconds: 5, ...(tls && { tls }) },
      logger,
    ));
  }

  async function expectRefused(opened: Registry): Promise<void> {
    const elapsed = stopwatch();
    const registration = opened.registrar.register(anInstance());
    const watch = new RecordedWatch(opened, 'greeter');
    const state = await watch.untilKind('unavailable');
    expect(state).toMatchObject({ error: expect.any(RegistryRefusedError) });
    await until('the registration tells why', () => {
      const { state: now } = registration;
      return now.kind === 'registering' && now.lastError instanceof RegistryRefusedError;
    });
    expect(elapsed(`row 20: ${expect.getState().currentTestName}`)).toBeLessThan(2_000);
    // Over at least one more try of both.
    await delay(3_000);
    expect(logger.lines).toEqual([expect.stringContaining('should let this process in')]);
  }

  it('registers and watches with certificates of its CA', async () => {
    const opened = create(etcd.url, mutual(ours));
    const watch = new RecordedWatch(opened, 'greeter');
    await opened.registrar.register(anInstance()).whenRegistered();
    await watch.untilIds(['greeter-1']);
    expect(logger.lines.filter((line) => !line.startsWith('info'))).toEqual([]);
  });

  it('tells within 2 s, and once, that the CA is wrong', async () => {
    await expectRefused(create(etcd.url, { ...mutual(ours), rootCertificate: theirs.ca }));
  });

  it('tells within 2 s, and once, that the client certificate is missing', async () => {
    await expectRefused(create(etcd.url, { rootCertificate: ours.ca }));
  });

  it('tells within 2 s, and once, that the client certificate is of another CA', async () => {
    await expectRefused(create(etcd.url, { ...mutual(theirs), rootCertificate: ours.ca }));
  });

  it('names the scheme within 2 s when etcd speaks TLS and it does not', async () => {
    // All that is known is a connection that was closed: it looks like an etcd that is down.
    const watch = new RecordedWatch(
      create(etcd.url.replace('https', 'http'), undefined),
      'greeter',
    );
    const state = await watch.untilKind('unavailable', 2_000);
    expect(state).toMatchObject({ error: expect.any(RegistryUnreachableError) });
    expect((state as { error: Error }).error.message).toContain('write https:// in its hosts');
  });

  it('keeps its view while the certificate of etcd is wrong, and is back when it is right', async () => {
    const opened = create(etcd.url, mutual(ours));
    const watch = new RecordedWatch(opened, 'greeter');
    const registration = opened.registrar.register(anInstance());
    await registration.whenRegistered();
    await watch.untilIds(['greeter-1']);
    useServerCertificate(theirs);
    await etcd.restart();
    const stale = await watch.untilKind('stale');
    expect(stale).toMatchObject({ snapshot: { instances: [{ id: 'greeter-1' }] } });
    const refused = stopwatch();
    const told = () => logger.lines.filter((line) => line.includes('should let this process in'));
    await until('the refusal is reported', () => told().length > 0);
    expect(refused('row 20: told while it runs')).toBeLessThan(2_000);
    await delay(3_000);
    expect(told()).toHaveLength(1);
    // At most: etcd is down, lets nobody in, and the lease is lost.
    expect(logger.lines.filter((line) => line.startsWith('warn')).length).toBeLessThanOrEqual(3);
    useServerCertificate(ours);
    await etcd.restart();
    const elapsed = stopwatch();
    await until('it is registered', () => registration.state.kind === 'registered');
    await watch.untilIds(['greeter-1'], 20_000);
    expect(elapsed('row 20: back with the right certificate')).toBeLessThan(5_000);
  });

  function useServerCertificate({ server }: Certificates): void {
    writeFileSync(join(ours.folder, 'server.pem'), server.certificate);
    writeFileSync(join(ours.folder, 'server-key.pem'), server.key);
  }
});

import { once } from 'node:events';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { createCertificates, type Certificates } from '@grpc-discovery/test-support';
import { describeWithOpenssl } from '@grpc-discovery/test-support/jest';
import { connectivityState } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { etcdSecurity } from './tls.js';
import { OwnedChannel } from './owned-channels.js';

describeWithOpenssl('A channel to an etcd with TLS', () => {
  let certificates: Certificates;
  let server: Http2SecureServer;
  let channel: OwnedChannel;
  /** Names that clients have sent; false for none. */
  let names: (string | false)[];

  beforeAll(() => {
    // For 127.0.0.1 and this name.
    certificates = createCertificates('etcd.internal');
  });
  afterAll(() => certificates.remove());
  beforeEach(async () => {
    names = [];
    const { key, certificate } = certificates.server;
    server = createSecureServer({ key, cert: certificate });
    server.on('secureConnection', (socket: TLSSocket & { servername: string | false }) =>
      names.push(socket.servername),
    );
    server.on('sessionError', () => undefined);
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(async () => {
    channel.close();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  const connect = async (
    hostname: string,
    serverName: string | undefined,
    ca = certificates.ca,
  ) => {
    const { port } = server.address() as AddressInfo;
    const { credentials, options } = etcdSecurity(hostname, {
      rootCertificate: ca,
      privateKey: undefined,
      certChain: undefined,
      serverName,
    });
    channel = new OwnedChannel(`${hostname}:${port}`, credentials, options);
    await channel.settled();
    return channel.channel.getConnectivityState(true);
  };

  it.each([
    ['the address of the endpoint, and sends no name', '127.0.0.1', undefined, false],
    ['a configured address, and sends no name', 'localhost', '127.0.0.1', false],
    ['a configured name', '127.0.0.1', 'etcd.internal', 'etcd.internal'],
  ])('checks the certificate for %s', async (_what, hostname, serverName, sent) => {
    expect(await connect(hostname, serverName)).toBe(connectivityState.READY);
    expect(names).toEqual([sent]);
  });

  it.each([
    ['an address that the certificate is not for', '127.0.0.1', '127.0.0.2'],
    ['a name that the certificate is not for', '127.0.0.1', 'other.internal'],
    ['a host that the certificate is not for', 'localhost', undefined],
  ])('refuses %s', async (_what, hostname, serverName) => {
    expect(await connect(hostname, serverName)).toBe(connectivityState.TRANSIENT_FAILURE);
  });

  it('refuses a certificate that another CA has signed', async () => {
    const others = createCertificates();
    const state = await connect('127.0.0.1', undefined, others.ca);
    expect(state).toBe(connectivityState.TRANSIENT_FAILURE);
    others.remove();
  });
});

import { X509Certificate } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { once } from 'node:events';
import { greeterProto, type HelloReply, type HelloRequest } from '@grpc-discovery/proto';
import { createMemoryRegistry, MemoryStore } from '@grpc-discovery/registry';
import {
  credentials,
  ServerCredentials,
  ServerInterceptingCall,
  status,
  type ServerInterceptor,
} from '@grpc/grpc-js';
import { createCertificates, until, type Certificates } from '@grpc-discovery/test-support';
import { describeWithOpenssl } from '@grpc-discovery/test-support/jest';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BalancedClient } from '../client/balanced-client.decorator.js';
import { Call } from '../client/call.decorator.js';
import type { UnaryCall } from '../client/call-types.js';
import { DiscoveryModule } from '../discovery.module.js';
import { discoverable } from '../server/discoverable.js';
import { startGreeter } from '../spec/greeter-app.js';
import { CertificateFiles } from './certificate-files.js';
import type { ClientTlsOptions } from './tls.options.js';
import { InvalidOptionError } from '@grpc-discovery/registry';

const refreshMs = 20;

@BalancedClient({ service: 'greeter', ...greeterProto })
abstract class GreeterClient {
  @Call({ timeoutMs: 60_000 })
  abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
}

describeWithOpenssl('A greeter with mutual TLS', () => {
  let certificates: Certificates;
  let store: MemoryStore;
  const apps: INestApplicationContext[] = [];
  /** Fingerprints of the clients of each call. */
  const peers: (string | undefined)[] = [];
  const recordPeer: ServerInterceptor = (_method, call) => {
    peers.push(call.getAuthContext().sslPeerCertificate?.fingerprint256);
    return new ServerInterceptingCall(call);
  };

  const file = (name: string) => join(certificates.folder, name);

  const startServer = async () => {
    const app = await startGreeter(
      store,
      {},
      {
        interceptors: [recordPeer],
        tls: {
          certFile: file('server.pem'),
          keyFile: file('server-key.pem'),
          clientCaFile: file('ca.pem'),
          refreshMs,
        },
      },
    );
    apps.unshift(app);
    return app;
  };

  const startClient = async (tls?: ClientTlsOptions) => {
    const registry = createMemoryRegistry(store);
    @Module({
      imports: [
        DiscoveryModule.forRoot(tls ? { registry, tls } : { registry }),
        DiscoveryModule.forFeature([GreeterClient]),
      ],
    })
    class ClientModule {}
    const app = await NestFactory.createApplicationContext(ClientModule, {
      logger: false,
      abortOnError: false,
    });
    apps.unshift(app);
    return app.get(GreeterClient);
  };

  const clientTls = () => ({
    caFile: file('ca.pem'),
    certFile: file('client.pem'),
    keyFile: file('client-key.pem'),
    refreshMs,
  });

  /** Of the certificate that a new connection is shown. */
  const fingerprint = async () => {
    const [host, port] = store.snapshot('greeter').instances[0]!.address.split(':');
    const socket = connect({
      host,
      port: Number(port),
      ca: certificates.ca,
      cert: certificates.client.certificate,
      key: certificates.client.key,
      ALPNProtocols: ['h2'],
    });
    await once(socket, 'secureConnect');
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  };

  beforeAll(() => {
    certificates = createCertificates('greeter');
    store = new MemoryStore();
  });

  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });

  afterAll(() => certificates.remove());

  it('answers a client with a certificate, and is known by the name of its service', async () => {
    await startServer();
    const client = await startClient(clientTls());
    expect((await client.sayHello({ name: 'you' })).message).toContain('Hello you');
  });

  it('is refused by a client that expects another name', async () => {
    await startServer();
    const client = await startClient({ ...clientTls(), serverName: 'orders' });
    await expect(client.sayHello({ name: 'you' })).rejects.toMatchObject({
      code: status.UNAVAILABLE,
      details: expect.stringMatching(/orders.*altnames/),
    });
  });

  it('refuses a client without a certificate, with the reason', async () => {
    await startServer();
    const client = await startClient({ caFile: file('ca.pem'), refreshMs });
    await expect(client.sayHello({ name: 'you' })).rejects.toMatchObject({
      code: status.UNAVAILABLE,
      details: expect.stringMatching(/certificate required/),
    });
  });

  it('shows a renewed certificate to new connections, while calls go on', async () => {
    await startServer();
    const client = await startClient(clientTls());
    const before = await fingerprint();
    let calls = 0;
    const goingOn = (async () => {
      for (; calls >= 0 && calls < 100_000; calls++) await client.sayHello({ name: 'you' });
    })();

    certificates.sign('server');
    await until('the new certificate is shown', async () => (await fingerprint()) !== before);
    const late = await startClient(clientTls());
    expect((await late.sayHello({ name: 'late' })).message).toContain('Hello late');

    calls = -2;
    await expect(goingOn).resolves.toBeUndefined();
  });

  it('is shown the renewed certificate of a client whenever that connects anew', async () => {
    let server = await startServer();
    const client = await startClient(clientTls());
    await client.sayHello({ name: 'you' });
    const renewed = new X509Certificate(certificates.sign('client').certificate).fingerprint256;
    const seen = async () => {
      apps.splice(apps.indexOf(server), 1);
      await server.close();
      server = await startServer();
      await client.sayHello({ name: 'again' }, { waitForReady: true });
      return peers.at(-1) === renewed;
    };
    expect(peers).not.toContain(renewed);
    expect(await until('the renewed certificate is shown', seen)).toBe(true);
  });

  it('keeps the last certificate while a file does not fit, and says so once for each reason', async () => {
    // As a whole: a part that is read while the rest is written does not fit either.
    const replace = (path: string, pem: string | Buffer) => {
      writeFileSync(`${path}.new`, pem);
      renameSync(`${path}.new`, path);
    };
    for (const name of ['server.pem', 'server-key.pem'])
      copyFileSync(file(name), file(`kept-${name}`));
    const warnings: string[] = [];
    const files = new CertificateFiles({
      files: {
        cert: { option: 'tls.certFile', path: file('kept-server.pem') },
        key: { option: 'tls.keyFile', path: file('kept-server-key.pem') },
      },
      refreshMs: 1,
      warn: (message) => void warnings.push(message),
    });
    const { current } = files;
    replace(file('kept-server-key.pem'), certificates.client.key);
    await until('it is noticed', () => warnings.length > 0);
    expect(files.current).toBe(current);

    const { key, certificate } = certificates.sign('renewed');
    replace(file('kept-server.pem'), certificate);
    replace(file('kept-server-key.pem'), key);
    await until('the new ones are used', () => files.current !== current);
    files.close();
    expect(files.current.key).toEqual(readFileSync(file('renewed-key.pem')));
    // The key that does not fit, and maybe the certificate that was renewed before its key.
    expect(new Set(warnings).size).toBe(warnings.length);
    for (const warning of warnings) expect(warning).toContain('the last ones stay in use');
  });

  it('refuses files that can not be used before it listens', async () => {
    const tls = { certFile: file('server.pem'), keyFile: file('client-key.pem') };
    await expect(startGreeter(store, {}, { tls })).rejects.toThrow(InvalidOptionError);
    const missing = { ...tls, keyFile: file('missing.pem') };
    await expect(startGreeter(store, {}, { tls: missing })).rejects.toThrow(
      /tls\.keyFile must be a PEM file that can be read.*missing\.pem/,
    );
  });

  it('refuses what contradicts itself', async () => {
    const tls = { certFile: 'cert.pem', keyFile: 'key.pem' };
    const both = { ...greeterProto, tls, credentials: ServerCredentials.createInsecure() };
    expect(() => discoverable(both)).toThrow(InvalidOptionError);
    await expect(startClient({ certFile: file('client.pem') })).rejects.toThrow(
      /without tls.keyFile/,
    );

    @Module({
      imports: [
        DiscoveryModule.forRoot({ registry: createMemoryRegistry(store) }),
        DiscoveryModule.forFeature([
          {
            service: 'greeter',
            ...greeterProto,
            tls: clientTls(),
            credentials: credentials.createInsecure(),
          },
        ]),
      ],
    })
    class BothModule {}
    const quiet = { logger: false, abortOnError: false } as const;
    await expect(NestFactory.createApplicationContext(BothModule, quiet)).rejects.toThrow(
      InvalidOptionError,
    );
  });
});

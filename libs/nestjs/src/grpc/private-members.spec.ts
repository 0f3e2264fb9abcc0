import { once } from 'node:events';
import {
  connect,
  createServer as createHttp2Server,
  type ClientHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { until, versionOf } from '@grpc-discovery/test-support';
import {
  CallCredentials,
  Channel,
  Client,
  credentials,
  Server,
  ServerCredentials,
} from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  ChangingServerCredentials,
  compressCalls,
  ConnectorCredentials,
  connectorOf,
  listeningServersOf,
  sessionsOf,
  type SecureConnector,
} from './private-members.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

describe(`${versionOf('@grpc/grpc-js', import.meta.url)}: private members of a server`, () => {
  const bound = async () => {
    const server = new Server();
    ends.push(() => server.forceShutdown());
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, number) =>
        error ? reject(error) : resolve(number),
      );
    });
    return { server, port };
  };

  it('Server.http2Servers: has the listener of each port that is bound, with its sessions', async () => {
    const { server, port } = await bound();
    expect(listeningServersOf(server).map((it) => (it.address() as AddressInfo).port)).toEqual([
      port,
    ]);
    const client: ClientHttp2Session = connect(`http://127.0.0.1:${port}`);
    ends.push(() => client.destroy());
    await once(client, 'remoteSettings');
    await until('Server.http2Servers has the session', () => sessionsOf(server).length === 1);
    const answered = new Promise((resolve) => sessionsOf(server)[0]?.ping(resolve));
    expect(await answered).toBeNull();
  });

  it('Server.http2Servers: has what createConnectionInjector is fed with', async () => {
    const server = new Server();
    ends.push(() => server.forceShutdown());
    const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
    const listener = createServer((socket) => injector.injectConnection(socket));
    ends.push(() => listener.close());
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    const client = connect(`http://127.0.0.1:${(listener.address() as AddressInfo).port}`);
    ends.push(() => client.destroy());
    await once(client, 'remoteSettings');
    await until('Server.http2Servers has the session', () => sessionsOf(server).length === 1);
    expect(listeningServersOf(server)).toHaveLength(1);
  });

  it('ServerCredentials.updateSecureContextOptions: tells those who watch the credentials', () => {
    class Own extends ChangingServerCredentials {
      renew(cert: string): void {
        this.change({ ca: undefined, cert: Buffer.from(cert), key: Buffer.from('key') });
      }
    }
    const own = new Own({ ca: undefined, cert: Buffer.from('old'), key: Buffer.from('key') });
    const told: unknown[] = [];
    own._addWatcher((options) => told.push(options?.cert?.toString()));
    own.renew('new');
    expect(told).toEqual(['new']);
    expect(own._isSecure()).toBe(true);
    expect(own._getConstructorOptions()).toEqual({ requestCert: false });
  });
});

describe(`${versionOf('@grpc/grpc-js', import.meta.url)}: private members of credentials`, () => {
  it('_createSecureConnector: makes what grpc-js secures each connection with', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined).resume());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    ends.push(() => server.close());
    let secured = 0;
    class Recorded extends ConnectorCredentials {
      override connector(): SecureConnector {
        return {
          waitForReady: () => Promise.resolve(),
          connect: (socket: Socket) => {
            secured += 1;
            ends.push(() => socket.destroy());
            return Promise.resolve({ socket, secure: true });
          },
          getCallCredentials: () => CallCredentials.createEmpty(),
          destroy: () => undefined,
        };
      }
    }
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const channel = new Channel(address, new Recorded(), {});
    ends.push(() => channel.close());
    channel.getConnectivityState(true);
    await until('a connection is secured', () => secured > 0);
    expect(secured).toBe(1);
  });

  it('_createSecureConnector: of credentials of TLS connects a socket', () => {
    const target = { scheme: 'dns', authority: '', path: '127.0.0.1:1' };
    const connector = connectorOf(credentials.createSsl(), target, {}, undefined);
    expect(connector).toMatchObject({ connect: expect.any(Function) });
  });
});

describe(`${versionOf('@grpc/grpc-js', import.meta.url)}: private members of a channel`, () => {
  it('Channel.internalChannel.options: compress the calls that begin from now on', async () => {
    const server = createHttp2Server();
    const encodings: unknown[] = [];
    server.on('stream', (stream: ServerHttp2Stream, headers) => {
      encodings.push(headers['grpc-encoding']);
      const reply = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12' };
      stream.respond(reply, { endStream: true });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    ends.push(() => server.close());
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const channel = new Channel(address, credentials.createInsecure(), {});
    const client = new Client(address, credentials.createInsecure(), { channelOverride: channel });
    ends.push(() => client.close());
    const bytes = (it: Buffer) => it;
    const call = () =>
      new Promise<void>((resolve) => {
        client.makeUnaryRequest('/a.B/C', bytes, bytes, Buffer.from('a'), () => resolve());
      });
    await call();
    expect(compressCalls(channel, 'gzip')).toBe(true);
    await call();
    expect(compressCalls(channel, 'identity')).toBe(true);
    await call();
    expect(encodings).toEqual([undefined, 'gzip', undefined]);
  });
});

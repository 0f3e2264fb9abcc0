import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { until, versionOf } from '@grpc-discovery/test-support';
import { CallCredentials, Channel, credentials } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  connectorOf,
  ConnectorCredentials,
  isSecure,
  type SecureConnector,
} from './private-members.js';

describe(`${versionOf('@grpc/grpc-js', import.meta.url)}: private members of credentials`, () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  const listen = async () => {
    const server = createServer((socket) => socket.on('error', () => undefined).resume());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    ends.push(() => server.close());
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  it('_createSecureConnector: makes what grpc-js secures each connection with, when it is ready', async () => {
    const steps: string[] = [];
    class Recorded extends ConnectorCredentials {
      override connector(): SecureConnector {
        steps.push('connector');
        return {
          waitForReady: () => {
            steps.push('waitForReady');
            return Promise.resolve();
          },
          connect: (socket: Socket) => {
            steps.push('connect');
            ends.push(() => socket.destroy());
            return Promise.resolve({ socket, secure: false });
          },
          getCallCredentials: () => CallCredentials.createEmpty(),
          destroy: () => void steps.push('destroy'),
        };
      }
    }
    const options = { 'grpc.use_local_subchannel_pool': 1 };
    const channel = new Channel(await listen(), new Recorded(false), options);
    ends.push(() => channel.close());
    channel.getConnectivityState(true);
    await until('a connection is secured', () => steps.includes('connect'));
    expect(steps).toEqual(['connector', 'waitForReady', 'connect']);
  });

  it.each([
    ['insecure', credentials.createInsecure(), false],
    ['of TLS', credentials.createSsl(), true],
  ])('_isSecure, _createSecureConnector: of credentials that are %s', (_kind, inner, expected) => {
    expect(isSecure(inner)).toBe(expected);
    const target = { scheme: 'dns', authority: '', path: '127.0.0.1:1' };
    expect(connectorOf(inner, target, {}, undefined)).toEqual(
      expect.objectContaining({
        connect: expect.any(Function),
        waitForReady: expect.any(Function),
        getCallCredentials: expect.any(Function),
        destroy: expect.any(Function),
      }),
    );
  });

  it('_equals: keeps subchannels of different credentials apart', () => {
    const inner = credentials.createInsecure();
    class Own extends ConnectorCredentials {
      override connector(): SecureConnector {
        return connectorOf(inner, { path: '127.0.0.1:1' }, {}, undefined);
      }
    }
    const own = new Own(false);
    expect([own._equals(own), own._equals(new Own(false)), inner._equals(own)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

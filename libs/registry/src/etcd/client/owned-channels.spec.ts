import { until } from '@grpc-discovery/test-support';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../timing/clock.js';
import { Etcd3Client } from './etcd3-client.js';
import { Etcd3Connection } from './etcd3-connection.js';
import { EtcdFailure } from './etcd-failure.js';

/** As long as etcd3 goes on by itself with a channel that was connecting, and more. */
const ETCD3_GOES_ON_MS = 1_200;

describe('A connection to a host that accepts and never answers', () => {
  let host: Server;
  let url: string;
  let accepted: number;
  let open: Set<Socket>;
  let client: Etcd3Client;
  let connection: Etcd3Connection;

  beforeEach(async () => {
    accepted = 0;
    open = new Set();
    host = createServer((socket) => {
      accepted++;
      open.add(socket);
      socket.on('error', () => undefined).on('close', () => open.delete(socket));
      socket.resume();
    });
    await once(host.listen(0, '127.0.0.1'), 'listening');
    const { port } = host.address() as AddressInfo;
    url = `http://127.0.0.1:${port}`;
    client = new Etcd3Client(url, undefined, undefined);
    connection = new Etcd3Connection(client, systemClock);
  });
  afterEach(async () => {
    for (const socket of open) socket.destroy();
    await once(host.close(), 'close');
  });

  const read = () => connection.range({ key: '/x' }, 5_000).catch((error: unknown) => error);
  const close = () => connection.close(new EtcdFailure('closed', 'closed by the spec'));

  it('closes its sockets with itself, whatever waits for an answer', async () => {
    const call = read();
    connection.openWatch({ message: () => undefined, ended: () => undefined });
    await until('it is connected', () => open.size > 0);
    expect(open.size).toBe(1);
    close();
    await until('no socket is open', () => open.size === 0);
    expect(await call).toBeInstanceOf(EtcdFailure);
  });

  describe('in an environment with a proxy for the web', () => {
    const before = process.env.grpc_proxy;
    beforeEach(() => {
      process.env.grpc_proxy = 'http://127.0.0.1:1';
    });
    afterEach(() => {
      if (before === undefined) delete process.env.grpc_proxy;
      else process.env.grpc_proxy = before;
    });

    it('goes to the host itself', async () => {
      client = new Etcd3Client(url, undefined, undefined);
      connection = new Etcd3Connection(client, systemClock);
      read().catch(() => undefined);
      await until('the host has accepted', () => accepted > 0);
      expect(open.size).toBe(1);
      close();
    });
  });

  it('closes the socket of an attempt that has not connected yet', async () => {
    read().catch(() => undefined);
    await delay(0);
    close();
    await delay(ETCD3_GOES_ON_MS);
    expect(open.size).toBe(0);
  });

  it('does not connect again once it is closed, though a call has failed before', async () => {
    const key = Buffer.from('/x');
    const call = client.stubs.range({ key }, { deadline: Date.now() + 100 }).catch(String);
    await until('the host has accepted', () => accepted > 0);
    expect(await call).toContain('DEADLINE_EXCEEDED');
    close();
    await until('no socket is open', () => open.size === 0);
    const before = accepted;
    await delay(ETCD3_GOES_ON_MS);
    expect(accepted).toBe(before);
  });
});

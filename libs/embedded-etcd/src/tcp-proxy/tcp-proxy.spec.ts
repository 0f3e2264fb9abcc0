import { until } from '@grpc-discovery/test-support';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { TcpProxy } from './tcp-proxy.js';

const DELAY_MS = 150;
/** Longer than any spec takes. */
const HOUR_MS = 3_600_000;
/** Timers may be early by a millisecond. */
const EARLY_MS = 5;

describe('TcpProxy', () => {
  let server: Server;
  let proxy: TcpProxy;
  let client: Socket;
  let behind: Socket;
  /** What has arrived on either side. */
  let atServer: Buffer;
  let atClient: Buffer;

  beforeEach(async () => {
    [atServer, atClient] = [Buffer.alloc(0), Buffer.alloc(0)];
    server = createServer((socket) => {
      behind = socket.on('error', () => undefined);
      socket.on('data', (bytes) => (atServer = Buffer.concat([atServer, bytes])));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    proxy = await TcpProxy.start(targetUrl());
    client = await dial();
    client.on('data', (bytes) => (atClient = Buffer.concat([atClient, bytes])));
    await until('the proxy has connected', () => proxy.connections === 1 && behind !== undefined);
    await exchange();
  });
  afterEach(async () => {
    client.destroy();
    behind.destroy();
    await proxy.stop();
    await once(server.close(), 'close');
  });

  const targetUrl = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function dial(): Promise<Socket> {
    const socket = connect(Number(new URL(proxy.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  /** A byte each way; returns how long each took. */
  async function exchange(): Promise<{ toServerMs: number; toClientMs: number }> {
    [atServer, atClient] = [Buffer.alloc(0), Buffer.alloc(0)];
    const start = performance.now();
    client.write('?');
    await until('the server has it', () => atServer.length === 1, { everyMs: 1 });
    const middle = performance.now();
    behind.write('!');
    await until('the client has it', () => atClient.length === 1, { everyMs: 1 });
    return { toServerMs: middle - start, toClientMs: performance.now() - middle };
  }

  it('delays each direction by its own time, on connections that were open before', async () => {
    proxy.slow({ toTarget: { delayMs: DELAY_MS } });
    expect((await exchange()).toServerMs).toBeGreaterThan(DELAY_MS - EARLY_MS);
    proxy.slow({ toClient: { delayMs: DELAY_MS } });
    expect((await exchange()).toClientMs).toBeGreaterThan(DELAY_MS - EARLY_MS);
  });

  it.each(['toTarget', 'toClient'] as const)('delays nothing else than %s', async (way) => {
    const isToTarget = way === 'toTarget';
    proxy.slow({ [way]: { delayMs: HOUR_MS } });
    (isToTarget ? client : behind).write('late');
    (isToTarget ? behind : client).write('in time');
    await until('the other way is open', () =>
      (isToTarget ? atClient : atServer).toString().endsWith('in time'),
    );
    expect((isToTarget ? atServer : atClient).toString()).not.toContain('late');
  });

  it('delays what is sent without a pause by the same time, not one after the other', async () => {
    proxy.slow({ toTarget: { delayMs: DELAY_MS } });
    const start = performance.now();
    for (let i = 0; i < 100; i++) {
      client.write(String(i % 10));
      await new Promise(setImmediate);
    }
    await until('all is there', () => atServer.length === 101);
    expect(atServer.toString().slice(1)).toBe('0123456789'.repeat(10));
    expect(performance.now() - start).toBeLessThan(100 * DELAY_MS);
  });

  it.each(['toTarget', 'toClient'] as const)(
    'lets no more bytes a second pass %s than told, whole and in order',
    async (way) => {
      proxy.slow({ [way]: { bytesPerSecond: 1_000_000 } });
      const sent = randomBytes(400_000);
      const start = performance.now();
      const arrived = () => (way === 'toTarget' ? atServer : atClient).subarray(1);
      (way === 'toTarget' ? client : behind).write(sent);
      await until('all is there', () => arrived().length === sent.length);
      expect(performance.now() - start).toBeGreaterThan(400 - EARLY_MS);
      expect(arrived().equals(sent)).toBe(true);
    },
  );

  it('delivers what was under way when the sender closes', async () => {
    proxy.slow({ toTarget: { delayMs: DELAY_MS } });
    client.end('last');
    await until('it is there', () => atServer.toString().endsWith('last'));
    await until('the connection is gone', () => proxy.connections === 0);
    expect(atServer.toString()).toBe('?last');
  });

  it('keeps back everything while it is stalled, and delivers it when it is healed', async () => {
    proxy.stall();
    client.write('more');
    const late = await dial();
    late.write('late');
    await new Promise((resolve) => setTimeout(resolve, DELAY_MS));
    expect(atServer.toString()).toBe('?');
    proxy.heal();
    await until('all is there', () => atServer.toString().length === '?morelate'.length);
    late.destroy();
  });

  it('keeps back one direction while the other passes, and delivers it when it is healed', async () => {
    [atServer, atClient] = [Buffer.alloc(0), Buffer.alloc(0)];
    proxy.stall('toClient');
    behind.write('!');
    client.write('?');
    await until('the server has it', () => atServer.length === 1);
    expect(atClient).toHaveLength(0);
    proxy.heal();
    await until('the client has it', () => atClient.length === 1);
  });

  it('keeps back only what is open while new connections work, when those are stalled', async () => {
    proxy.stallOpen();
    client.write('old');
    const late = await dial();
    late.write('new');
    await until('the new one works', () => atServer.toString() === '?new');
    expect(proxy.connections).toBe(2);
    late.destroy();
  });

  it('closes everything that is open, and what comes, while it is cut', async () => {
    const gone = once(client, 'close');
    proxy.cut();
    await gone;
    const late = await dial();
    await once(late.resume(), 'close');
    proxy.heal();
    client = await dial();
    client.write('again');
    await until('it works again', () => atServer.toString() === '?again');
    expect(proxy.connections).toBe(1);
  });

  it('keeps connections open and loses every byte while it is a black hole, those of open ones for ever', async () => {
    proxy.blackhole();
    client.write('lost');
    const late = await dial();
    late.write('lost, too');
    proxy.heal();
    const healthy = await dial();
    healthy.write('fresh');
    await until('the new connection works', () => atServer.toString() === '?fresh');
    client.write('still lost');
    expect([client, late].map((socket) => socket.closed)).toEqual([false, false]);
    expect(atServer.toString()).toBe('?fresh');
    late.destroy();
    healthy.destroy();
  });

  it('closes open connections only, when those are dropped', async () => {
    const gone = once(client, 'close');
    proxy.dropConnections();
    await gone;
    client = await dial();
    client.write('again');
    await until('it works', () => atServer.toString() === '?again');
    expect(proxy.connections).toBe(1);
  });

  it('closes the connections of callers that it refuses, when they call and later', async () => {
    let refused = 'bad';
    const picky = await TcpProxy.start(targetUrl(), {
      refuses: (firstBytes) => firstBytes.toString().startsWith(refused),
    });
    const call = async (greeting: string) => {
      const socket = connect(picky.port, '127.0.0.1').on('error', () => undefined);
      await once(socket, 'connect');
      socket.write(greeting);
      return socket;
    };
    const bad = await call('bad');
    await once(bad.resume(), 'close');
    const good = await call('good');
    await until('the other one is through', () => atServer.toString() === '?good');
    expect(picky.connections).toBe(1);
    refused = 'good';
    picky.closeRefused();
    await once(good.resume(), 'close');
    await picky.stop();
    expect(atServer.toString()).toBe('?good');
  });
});

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import {
  createCertificates,
  TcpProxy,
  until,
  type Certificates,
} from '@grpc-discovery/test-support';
import { describeWithOpenssl } from '@grpc-discovery/test-support/jest';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';

/** Prints its address, closes on request, and has nothing left to do then. Plain JavaScript over what is built. */
const SCRIPT = `
import 'reflect-metadata';
import { DiscoveryModule, discoverable } from '@grpc-discovery/nestjs';
import { greeterProto } from '@grpc-discovery/proto';
import { createMemoryRegistry, MemoryStore } from '@grpc-discovery/registry';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

const store = new MemoryStore();
class AppModule {}
Module({
  imports: [
    DiscoveryModule.forRoot({
      registry: createMemoryRegistry(store),
      service: { name: 'greeter' },
      drain: { propagationMs: 0, graceMs: 300 },
    }),
  ],
})(AppModule);
const [certFile, keyFile] = process.argv.slice(1);
const tls = certFile && { certFile, keyFile };
const app = await NestFactory.createMicroservice(AppModule, {
  logger: false,
  ...discoverable({ ...greeterProto, url: '127.0.0.1:0', ...(tls && { tls }) }),
});
await app.listen();
process.once('message', async () => {
  process.disconnect();
  await app.close();
});
process.send(store.snapshot('greeter').instances[0].address);
`;

describeWithOpenssl('The process of a closed server', () => {
  let certificates: Certificates;
  const started: ChildProcess[] = [];
  const cleanups: (() => void | Promise<void>)[] = [];

  beforeAll(() => {
    certificates = createCertificates();
  });
  afterEach(async () => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    for (const cleanup of cleanups.splice(0)) await cleanup();
  });
  afterAll(() => certificates.remove());

  const startServer = async (withTls: boolean) => {
    const files = ['server.pem', 'server-key.pem'].map((name) => join(certificates.folder, name));
    const args = ['--input-type=module', '-e', SCRIPT, ...(withTls ? files : [])];
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    started.push(child);
    const [address] = (await once(child, 'message')) as [string];
    return { child, address };
  };

  /** Says nothing after the connection is made. */
  const connectSilently = async (address: string) => {
    const { hostname, port } = new URL(`http://${address}`);
    const socket = connectTcp(Number(port), hostname).on('error', () => undefined);
    cleanups.push(() => void socket.destroy());
    await once(socket, 'connect');
    socket.pause();
  };

  const connectAndHang = async (address: string, scheme: 'http' | 'https') => {
    const proxy = await TcpProxy.start(`http://${address}`);
    const session = connectHttp2(`${scheme}://${new URL(proxy.url).host}`, {
      ca: certificates.ca,
    });
    session.on('error', () => undefined);
    cleanups.push(
      () => session.destroy(),
      () => proxy.stop(),
    );
    await once(session, 'remoteSettings');
    proxy.stall();
  };

  it.each([
    ['has not begun to speak HTTP/2', false, connectSilently],
    ['hangs', false, (address: string) => connectAndHang(address, 'http')],
    ['has not begun its TLS handshake', true, connectSilently],
    ['hangs over TLS', true, (address: string) => connectAndHang(address, 'https')],
  ])('ends by itself while a client %s', async (_what, withTls, connect) => {
    const { child, address } = await startServer(withTls);
    await connect(address);
    child.send('close');
    await until('the process has ended', () => child.exitCode !== null);
    expect(child.exitCode).toBe(0);
  });
});

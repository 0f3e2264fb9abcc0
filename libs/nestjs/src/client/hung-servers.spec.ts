import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createCertificates, until, type Certificates } from '@grpc-discovery/test-support';
import { describeWithOpenssl } from '@grpc-discovery/test-support/jest';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';

/** Connects, closes on request, and has nothing left to do then. Plain JavaScript over what is built. */
const SCRIPT = `
import 'reflect-metadata';
import { DiscoveryModule, GrpcClients } from '@grpc-discovery/nestjs';
import { createMemoryRegistry } from '@grpc-discovery/registry';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

const [address, caFile] = process.argv.slice(1);
const registry = createMemoryRegistry();
registry.registrar.register({ service: 'greeter', address });
class AppModule {}
Module({
  imports: [
    DiscoveryModule.forRoot({ registry, ...(caFile && { tls: { caFile } }) }),
    DiscoveryModule.forFeature([]),
  ],
})(AppModule);
const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
app.get(GrpcClients, { strict: false }).client('greeter');
process.once('message', async () => {
  process.disconnect();
  await app.close();
});
`;

describeWithOpenssl('The process of a closed client', () => {
  let certificates: Certificates;
  let server: Server;
  let child: ChildProcess;
  const sockets = new Set<Socket>();

  beforeAll(() => {
    certificates = createCertificates();
  });
  beforeEach(async () => {
    server = createServer((socket) => {
      sockets.add(socket.on('error', () => undefined));
      // What the client says is acknowledged, and never read.
      socket.pause();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(() => {
    child.kill('SIGKILL');
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    server.close();
  });
  afterAll(() => certificates.remove());

  it.each([
    ['HTTP/2', false],
    ['TLS', true],
  ])('ends by itself while a server hangs in the handshake of %s', async (_what, withTls) => {
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const files = withTls ? [join(certificates.folder, 'ca.pem')] : [];
    const args = ['--input-type=module', '-e', SCRIPT, address, ...files];
    child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await until('it connects', () => sockets.size > 0);
    child.send('close');
    await until('the process has ended', () => child.exitCode !== null);
    expect(child.exitCode).toBe(0);
  });
});

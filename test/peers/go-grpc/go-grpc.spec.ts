import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  discoveryChannelOptions,
  discoveryTarget,
  installBalancing,
  PINGS_LABEL,
} from '@grpc-discovery/balancing';
import { createMemoryRegistry } from '@grpc-discovery/registry';
import { until } from '@grpc-discovery/test-support';
import { describeWithGo } from '@grpc-discovery/test-support/jest';
import { Client, credentials, status, type StatusObject } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { BUILD_MS, GoProgram } from '../go-program.js';

const bytes = (buffer: Buffer) => buffer;
/** Its server counts pings within 5 minutes, and has had enough at the third. */
const THREE_PINGS_MS = 90_000;

describeWithGo('A server on grpc-go with its defaults', () => {
  let program: GoProgram;
  const ends: (() => unknown)[] = [];

  beforeAll(async () => {
    installBalancing();
    program = await GoProgram.build(fileURLToPath(new URL('.', import.meta.url)));
  }, BUILD_MS);
  afterEach(() => {
    for (const end of ends.splice(0).reverse()) end();
  });
  afterAll(() => program.remove());

  /** A stream over which nothing comes, and how it ended, once it has. */
  const quietStream = async (metadata: Readonly<Record<string, string>>) => {
    const child: ChildProcess = spawn(program.path, { stdio: ['ignore', 'pipe', 'inherit'] });
    ends.push(() => child.kill('SIGKILL'));
    const [address] = (await once(createInterface(child.stdout!), 'line')) as [string];
    const registry = createMemoryRegistry();
    registry.registrar.register({ service: 'orders', address, metadata });
    const options = discoveryChannelOptions({ watcher: registry.watcher });
    const client = new Client(discoveryTarget('orders'), credentials.createInsecure(), options);
    ends.push(() => client.close());
    const call = client.makeServerStreamRequest(
      '/orders.Orders/Watch',
      bytes,
      bytes,
      Buffer.alloc(0),
    );
    ends.push(() => call.cancel());
    let ended: StatusObject | undefined;
    call.on('error', () => undefined).on('data', () => undefined);
    call.on('status', (end: StatusObject) => (ended = end));
    return () => ended;
  };

  it('leaves a quiet stream open, unless its entry says that it permits more pings than it does', async () => {
    const untold = await quietStream({});
    const told = await quietStream(PINGS_LABEL);
    const end = await until('the server has had enough', told, { timeoutMs: THREE_PINGS_MS });
    expect(end).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    expect(untold()).toBeUndefined();
  });
});

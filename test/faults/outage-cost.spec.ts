import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { anInstance } from '../../libs/registry/src/spec/instances.js';
import { transpilePackage } from '../../libs/registry/src/spec/transpile.js';
import { RegistryProcess } from './registry-process.js';

const OUTAGE_MS = 20_000;
/** What is set up once does not count. */
const SETTLE_MS = 3_000;
const MAX_TRIES_PER_SECOND = 5;
const MAX_CPU_SHARE = 0.05;
const MAX_LOG_LINES = 3;
const MAX_HEAP_GROWTH_BYTES = 2 * 1024 * 1024;

describe('process whose etcd is down', () => {
  let folder: string;
  let listener: Server;
  let child: RegistryProcess;
  const sockets = new Set<Socket>();

  beforeAll(() => {
    folder = transpilePackage();
  });
  afterEach(async () => {
    await child.kill();
    for (const socket of sockets) socket.destroy();
    await once(listener.close(), 'close');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['closes every connection', (socket: Socket) => void socket.destroy()],
    ['accepts connections and never answers', (socket: Socket) => void socket.resume()],
  ])(
    'tries at most 5 times a second, at under a twentieth of a core, when the host %s',
    async (_, accepted) => {
      let tries = 0;
      listener = createServer((socket) => {
        tries++;
        sockets.add(socket.on('error', () => undefined));
        accepted(socket);
      });
      await once(listener.listen(0, '127.0.0.1'), 'listening');
      const { port } = listener.address() as AddressInfo;
      const hosts = `http://127.0.0.1:${port}`;
      child = await RegistryProcess.start(folder, { hosts, instance: anInstance() });
      await delay(SETTLE_MS);
      const [before, triesBefore] = [await child.report(), tries];
      await delay(OUTAGE_MS);
      const after = await child.report();
      const seconds = OUTAGE_MS / 1000;
      const rate = (tries - triesBefore) / seconds;
      const share = (after.cpuMs - before.cpuMs) / OUTAGE_MS;
      const growth = after.heapBytes - before.heapBytes;
      if (process.env.MEASURE) {
        process.stderr.write(
          `measured: row 26: ${JSON.stringify({ rate, share, growth, logged: after.logged })}\n`,
        );
      }
      expect(rate).toBeLessThanOrEqual(MAX_TRIES_PER_SECOND);
      expect(share).toBeLessThan(MAX_CPU_SHARE);
      expect(growth).toBeLessThan(MAX_HEAP_GROWTH_BYTES);
      expect(after.logged).toBeLessThanOrEqual(MAX_LOG_LINES);
      expect(after).toMatchObject({ registration: 'registering', watch: 'unavailable' });
    },
    OUTAGE_MS + 20_000,
  );
});

import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * Below the range from which kernels take the ports of outgoing connections: a server that is stopped for a while would find
 * such a port taken by somebody's connection, even by a client that tries to reach it.
 */
const FIRST_PORT = 20_000;
const PORTS = 12_000;

/** Free TCP ports on loopback that stay free while their server is down. */
export async function freePorts(count: number): Promise<number[]> {
  const held = new Map<number, Server>();
  while (held.size < count) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if (held.has(port)) continue;
    const server = await listen(port);
    if (server) held.set(port, server);
  }
  await Promise.all([...held.values()].map((server) => once(server.close(), 'close')));
  return [...held.keys()];
}

/** Nothing when the port is taken. */
async function listen(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}

import { createServer, type AddressInfo, type Server } from 'node:net';
import type { ConnectionInjector } from '@grpc/grpc-js';
import { WorkerPortError } from '../errors.js';
import { parseServerUrl } from './server-url.js';

/**
 * A listening socket of one worker of `node:cluster`. Workers that bind a port in the usual way share one socket, also for
 * port 0: they would be several instances at one address, and a client, which keeps its connection, would reach one of them.
 */
export class OwnPort {
  private constructor(private readonly server: Server) {}

  /** @throws WorkerPortError, InvalidServerUrlError */
  static async bind(url: string, injector: ConnectionInjector): Promise<OwnPort> {
    const { host, port } = parseServerUrl(url);
    const server = createServer((socket) => injector.injectConnection(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => reject(new WorkerPortError(url, { cause })));
      server.listen({ host, port, exclusive: true }, resolve);
    });
    return new OwnPort(server);
  }

  get number(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Takes no further connections. Safe to call again. */
  close(): void {
    this.server.close();
  }
}

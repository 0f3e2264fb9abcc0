import type { ServerCredentials, ServerOptions } from '@grpc/grpc-js';
import { ListingServer } from './listing-server.js';
import { OpenSockets } from './open-sockets.js';

/** A server that has its port. */
export class BoundServer {
  private constructor(
    readonly server: ListingServer,
    /** The port really bound. */
    readonly port: number,
    readonly sockets = new OpenSockets(server),
  ) {}

  /** @throws Error, or WorkerPortError in a worker of `node:cluster`, when the port can't be bound; nothing is left then */
  static async bind(
    url: string,
    credentials: ServerCredentials,
    options: ServerOptions,
  ): Promise<BoundServer> {
    const server = new ListingServer(options);
    try {
      return new BoundServer(server, await server.listen(url, credentials));
    } catch (error) {
      server.forceShutdown();
      throw error;
    }
  }

  /** Gives the port back, and cuts what is connected. */
  abort(): void {
    this.server.forceShutdown();
    this.sockets.destroy();
  }
}

import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { freePorts } from '@grpc-discovery/test-support';

/** An empty SETTINGS frame, after which a client considers an HTTP/2 connection established. */
const SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

/** A TCP server that answers nothing: no call, no ping, and optionally not even the HTTP/2 handshake. */
export class DeafServer {
  /** Number of connections accepted so far. */
  accepted = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  /** @param shakesHands Whether to complete the HTTP/2 handshake. */
  static async start({ shakesHands }: { readonly shakesHands: boolean }): Promise<DeafServer> {
    const server = createServer();
    const [port = 0] = await freePorts(1);
    await once(server.listen(port, '127.0.0.1'), 'listening');
    const deaf = new DeafServer(server, port);
    server.on('connection', (socket) => {
      deaf.accepted += 1;
      deaf.sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => deaf.sockets.delete(socket));
      socket.resume();
      if (shakesHands) socket.write(SETTINGS);
    });
    return deaf;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.sockets.size;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    if (this.server.listening) await once(this.server.close(), 'close');
  }
}

import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP proxy on loopback that can be cut off and healed: a network fault between two healthy programs. */
export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  private constructor(
    private readonly targetHost: string,
    private readonly targetPort: number,
    private ownPort: number,
  ) {}

  static async start(targetHost: string, targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetHost, targetPort, 0);
    await proxy.heal();
    return proxy;
  }

  get port(): number {
    return this.ownPort;
  }

  /** Accepts connections, again on the same port. */
  async heal(): Promise<void> {
    if (this.server) return;
    this.server = createServer((client) => this.forward(client));
    this.server.listen(this.ownPort, '127.0.0.1');
    await once(this.server, 'listening');
    this.ownPort = (this.server.address() as AddressInfo).port;
  }

  /** Cuts every connection and refuses new ones. */
  async cut(): Promise<void> {
    const server = this.server;
    if (!server) return;
    this.server = undefined;
    for (const socket of this.sockets) socket.destroy();
    await once(server.close(), 'close');
  }

  private forward(client: Socket): void {
    const target = connect(this.targetPort, this.targetHost);
    this.own(client, target);
    this.own(target, client);
    client.pipe(target).pipe(client);
  }

  /** A socket that ends, for whatever reason, ends the other. */
  private own(socket: Socket, other: Socket): void {
    this.sockets.add(socket);
    socket.once('error', () => other.destroy());
    socket.once('close', () => {
      this.sockets.delete(socket);
      other.destroy();
    });
  }
}

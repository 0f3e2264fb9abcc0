import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { FrontConnection } from './front-connection.js';

type Mode = 'passing' | 'frozen' | 'blackholed';

/** The port that clients see. It passes bytes on to the gRPC server, or holds, loses or cuts them. */
export class TcpFront {
  private readonly connections = new Set<FrontConnection>();
  private mode: Mode = 'passing';

  private constructor(
    private readonly server: Server,
    private readonly upstreamPort: number,
  ) {
    server.on('connection', (socket) => this.accept(socket));
  }

  /**
   * Listens on 127.0.0.1.
   * @param port 0: any free one.
   * @throws the error of the operating system, `EADDRINUSE` for one.
   */
  static async listen(port: number, upstreamPort: number): Promise<TcpFront> {
    const server = createServer({ noDelay: true });
    const front = new TcpFront(server, upstreamPort);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return front;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Connections stay open, new ones are accepted, and no byte passes until `thaw`. */
  freeze(): void {
    this.mode = 'frozen';
    for (const connection of this.connections) connection.hold();
  }

  /** Every byte is lost. Connections that lived through this never answer again, not after `thaw` either. */
  blackhole(): void {
    this.mode = 'blackholed';
    for (const connection of this.connections) connection.sever();
  }

  thaw(): void {
    this.mode = 'passing';
    for (const connection of this.connections) connection.release();
  }

  dropConnections(): void {
    for (const connection of this.connections) connection.destroy();
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.dropConnections();
    await closed;
  }

  private accept(socket: Socket): void {
    const connection = new FrontConnection(socket, this.upstreamPort, () =>
      this.connections.delete(connection),
    );
    this.connections.add(connection);
    if (this.mode === 'frozen') connection.hold();
    if (this.mode === 'blackholed') connection.sever();
  }
}

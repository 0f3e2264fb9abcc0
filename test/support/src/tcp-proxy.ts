import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What happens to connections. */
type State = 'open' | 'cut' | 'stalled';

/** A TCP proxy on loopback: a network between two healthy programs, with faults that can be switched. */
export class TcpProxy {
  /** Each socket and where its bytes go. */
  private readonly routes = new Map<Socket, Socket>();
  private state: State = 'open';

  private constructor(
    private readonly server: Server,
    private target: URL,
  ) {}

  /** @param target Url of the program behind the proxy. */
  static async start(target: string): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server, new URL(target));
    server.on('connection', (socket) => proxy.accept(socket));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  /** Url of the proxy; the same for its life. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Clients that are connected now. */
  get connections(): number {
    // Each has a socket on both sides.
    return this.routes.size / 2;
  }

  /** Cuts every connection; new ones are closed at once. */
  cut(): void {
    this.state = 'cut';
    for (const socket of this.routes.keys()) socket.destroy();
  }

  /** Connections stay open, new ones are accepted, and nothing passes. */
  stall(): void {
    this.state = 'stalled';
    this.stallOpen();
  }

  /** Connections that are open now stay so for good and nothing passes on them; new ones work. */
  stallOpen(): void {
    for (const [socket, to] of this.routes) {
      socket.unpipe(to);
      socket.pause();
    }
  }

  /**
   * Ends both faults; what was held back is delivered.
   * @param target Where new connections go from now on. @default as before
   */
  heal(target?: string): void {
    if (target !== undefined) this.target = new URL(target);
    const wasStalled = this.state === 'stalled';
    this.state = 'open';
    if (wasStalled) for (const [socket, to] of this.routes) socket.pipe(to);
  }

  async stop(): Promise<void> {
    this.cut();
    await once(this.server.close(), 'close');
  }

  private accept(client: Socket): void {
    if (this.state === 'cut') return void client.destroy();
    const behind = connect(Number(this.target.port), this.target.hostname);
    this.route(client, behind);
    this.route(behind, client);
  }

  /** A socket that ends, for whatever reason, ends the other. */
  private route(socket: Socket, to: Socket): void {
    this.routes.set(socket, to);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.routes.delete(socket);
      to.destroy();
    });
    if (this.state === 'stalled') socket.pause();
    else socket.pipe(to);
  }
}

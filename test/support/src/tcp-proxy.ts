import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { SlowLine, type Slowness } from './slow-line.js';

/** Whose bytes: those of clients, or those of the program behind the proxy. */
export type Direction = 'toTarget' | 'toClient';

const BOTH: readonly Direction[] = ['toTarget', 'toClient'];

/** What happens to connections. */
type State =
  | { readonly kind: 'open' }
  | { readonly kind: 'cut' }
  | { readonly kind: 'stalled'; readonly directions: readonly Direction[] };

/** One way through the proxy. */
interface Route {
  readonly direction: Direction;
  readonly line: SlowLine;
  readonly to: Socket;
}

/** A TCP proxy on loopback: a network between two healthy programs, with faults that can be switched. */
export class TcpProxy {
  /** Each socket and where its bytes go. */
  private readonly routes = new Map<Socket, Route>();
  /** Lines on which nothing passes. */
  private readonly stalled = new WeakSet<SlowLine>();
  private state: State = { kind: 'open' };
  private slowness: Readonly<Record<Direction, Slowness>> = { toTarget: {}, toClient: {} };

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
    this.state = { kind: 'cut' };
    for (const socket of this.routes.keys()) socket.destroy();
  }

  /**
   * Connections stay open, new ones are accepted, and nothing passes.
   * @param directions In which nothing passes. @default both
   */
  stall(...directions: Direction[]): void {
    this.state = { kind: 'stalled', directions: directions.length > 0 ? directions : BOTH };
    this.hold(this.state.directions);
  }

  /** Connections that are open now stay so for good and nothing passes on them; new ones work. */
  stallOpen(): void {
    this.state = { kind: 'open' };
    this.hold(BOTH);
  }

  /** Everything passes, later: each direction as slow as told, at once and for connections that are open, too. */
  slow({ toTarget = {}, toClient = {} }: { toTarget?: Slowness; toClient?: Slowness }): void {
    this.slowness = { toTarget, toClient };
  }

  /**
   * Ends every fault; what was held back is delivered.
   * @param target Where new connections go from now on. @default as before
   */
  heal(target?: string): void {
    if (target !== undefined) this.target = new URL(target);
    const held = this.state.kind === 'stalled' ? this.state.directions : [];
    this.state = { kind: 'open' };
    this.slow({});
    for (const [socket, { direction, line, to }] of this.routes) {
      if (!held.includes(direction)) continue;
      this.stalled.delete(line);
      line.pipe(to);
      socket.pipe(line);
    }
  }

  async stop(): Promise<void> {
    this.cut();
    await once(this.server.close(), 'close');
  }

  private hold(directions: readonly Direction[]): void {
    for (const [socket, { direction, line, to }] of this.routes) {
      if (!directions.includes(direction)) continue;
      socket.unpipe(line);
      socket.pause();
      line.unpipe(to);
      line.pause();
      this.stalled.add(line);
    }
  }

  private accept(client: Socket): void {
    if (this.state.kind === 'cut') return void client.destroy();
    const behind = connect(Number(this.target.port), this.target.hostname);
    this.route(client, behind, 'toTarget');
    this.route(behind, client, 'toClient');
  }

  /** A socket that ends, for whatever reason, ends the other, once what it has sent has arrived. */
  private route(socket: Socket, to: Socket, direction: Direction): void {
    const line = new SlowLine(() => this.slowness[direction]);
    this.routes.set(socket, { direction, line, to });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.routes.delete(socket);
      if (this.stalled.has(line)) to.destroy();
      else line.end();
    });
    line.on('end', () => to.destroySoon());
    to.on('close', () => line.destroy());
    if (this.state.kind === 'stalled' && this.state.directions.includes(direction)) {
      this.stalled.add(line);
      return void socket.pause();
    }
    line.pipe(to);
    socket.pipe(line);
  }
}

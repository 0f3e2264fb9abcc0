import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Line, type Slowness } from './line.js';

/** Whose bytes: those of clients, or those of the program behind the proxy. */
export type Direction = 'toTarget' | 'toClient';

const BOTH: readonly Direction[] = ['toTarget', 'toClient'];

type State =
  | { readonly kind: 'passing' }
  | { readonly kind: 'cut' }
  | { readonly kind: 'stalled'; readonly directions: readonly Direction[] }
  | { readonly kind: 'blackholed' };

interface Connection {
  readonly client: Socket;
  readonly target: Socket;
  readonly lines: Readonly<Record<Direction, Line>>;
  readonly firstBytes?: Buffer;
}

export interface TcpProxyOptions {
  /** @default 0, any free port */
  readonly port?: number;
  /**
   * Tells callers apart by the first bytes that they send. A connection that is refused is closed: when its first bytes
   * arrive, and at each `closeRefused()`. @default refuses none
   */
  readonly refuses?: (firstBytes: Buffer) => boolean;
}

/** A TCP proxy on loopback: the network between two healthy programs, with faults that you switch on and off. */
export class TcpProxy {
  private readonly connectionsOpen = new Set<Connection>();
  /** Clients whose first bytes have not arrived yet. */
  private readonly pending = new Set<Socket>();
  private state: State = { kind: 'passing' };
  private slowness: Readonly<Record<Direction, Slowness>> = { toTarget: {}, toClient: {} };

  private constructor(
    private readonly server: Server,
    private target: URL,
    private readonly refuses: TcpProxyOptions['refuses'],
  ) {
    server.on('connection', (socket) => this.accept(socket));
  }

  /**
   * Listens on 127.0.0.1.
   * @param target URL of the program behind the proxy.
   * @throws the operating system's error, such as `EADDRINUSE`.
   */
  static async start(
    target: string,
    { port = 0, refuses }: TcpProxyOptions = {},
  ): Promise<TcpProxy> {
    const server = createServer({ noDelay: true });
    const proxy = new TcpProxy(server, new URL(target), refuses);
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** URL of the proxy; it never changes. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Number of clients that are connected through to the target. */
  get connections(): number {
    return this.connectionsOpen.size;
  }

  /** Closes every connection, and each new one at once. */
  cut(): void {
    this.state = { kind: 'cut' };
    this.dropConnections();
  }

  /** Closes every open connection; new ones work. */
  dropConnections(): void {
    for (const connection of this.connectionsOpen) destroy(connection);
    for (const socket of this.pending) socket.destroy();
  }

  /**
   * Keeps connections open and accepts new ones, but nothing passes until `heal`.
   * @param directions The directions to stall. @default both
   */
  stall(...directions: Direction[]): void {
    this.state = { kind: 'stalled', directions: directions.length > 0 ? directions : BOTH };
    for (const connection of this.connectionsOpen) this.applyState(connection);
  }

  /** Stalls the open connections for the rest of their life; new ones work. */
  stallOpen(): void {
    this.state = { kind: 'passing' };
    for (const { lines } of this.connectionsOpen) for (const way of BOTH) lines[way].hold();
  }

  /**
   * Loses every byte, as a network that drops packets. After `heal` new connections work; those that were open during the
   * fault stay silent.
   */
  blackhole(): void {
    this.state = { kind: 'blackholed' };
    for (const connection of this.connectionsOpen) this.applyState(connection);
  }

  /** Slows each direction down, for open connections too. */
  slow({ toTarget = {}, toClient = {} }: { toTarget?: Slowness; toClient?: Slowness }): void {
    this.slowness = { toTarget, toClient };
  }

  /** Closes the connections that `refuses` rejects now. */
  closeRefused(): void {
    for (const connection of this.connectionsOpen) {
      if (connection.firstBytes && this.refuses?.(connection.firstBytes)) destroy(connection);
    }
  }

  /**
   * Ends every fault and delivers the bytes that were held back.
   * @param target Where new connections go from now on. @default the same target as before
   */
  heal(target?: string): void {
    if (target !== undefined) this.target = new URL(target);
    const held = this.state.kind === 'stalled' ? this.state.directions : [];
    this.state = { kind: 'passing' };
    this.slow({});
    for (const { lines } of this.connectionsOpen) for (const way of held) lines[way].release();
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.cut();
    await closed;
  }

  private accept(client: Socket): void {
    client.on('error', () => undefined);
    const { refuses } = this;
    if (this.state.kind === 'cut') return void client.destroy();
    if (refuses === undefined) return this.open(client);
    this.pending.add(client);
    client.on('close', () => this.pending.delete(client));
    client.once('data', (firstBytes) => {
      this.pending.delete(client);
      if (refuses(firstBytes)) client.destroy();
      else this.open(client, firstBytes);
    });
  }

  private open(client: Socket, firstBytes?: Buffer): void {
    const { hostname: host, port } = this.target;
    const target = connect({ host, port: Number(port), noDelay: true });
    const lines = {
      toTarget: new Line(client, target, () => this.slowness.toTarget),
      toClient: new Line(target, client, () => this.slowness.toClient),
    };
    const connection: Connection = { client, target, lines, firstBytes };
    this.connectionsOpen.add(connection);
    client.on('close', () => this.connectionsOpen.delete(connection));
    this.applyState(connection);
    if (firstBytes) lines.toTarget.send(firstBytes);
  }

  private applyState({ target, lines }: Connection): void {
    const { state } = this;
    if (state.kind === 'stalled') for (const way of state.directions) lines[way].hold();
    if (state.kind !== 'blackholed') return;
    for (const way of BOTH) lines[way].lose();
    target.destroy();
  }
}

function destroy({ client, target }: Connection): void {
  client.destroy();
  target.destroy();
}

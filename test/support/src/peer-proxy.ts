import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

interface Route {
  readonly from: string | undefined;
  readonly sockets: readonly [Socket, Socket];
}

/**
 * The way to the peer port of one member of an etcd cluster. It knows who calls, so that the way between two members can
 * be cut in one direction and left open for a third.
 */
export class PeerProxy {
  private readonly routes = new Set<Route>();
  private readonly pending = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly isCut: (from: string | undefined) => boolean,
  ) {}

  /**
   * @param targetPort Peer port of the member.
   * @param isCut Whether the member with this id (in hex; undefined when the caller doesn't tell) reaches it not.
   */
  static async start(
    targetPort: number,
    isCut: (from: string | undefined) => boolean,
  ): Promise<PeerProxy> {
    const server = createServer();
    const proxy = new PeerProxy(server, isCut);
    server.on('connection', (socket) => proxy.accept(socket, targetPort));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.routes.size;
  }

  /** Ends the connections that are cut now. */
  enforce(): void {
    for (const { from, sockets } of this.routes) {
      if (this.isCut(from)) for (const socket of sockets) socket.destroy();
    }
  }

  async stop(): Promise<void> {
    for (const { sockets } of this.routes) for (const socket of sockets) socket.destroy();
    for (const socket of this.pending) socket.destroy();
    await once(this.server.close(), 'close');
  }

  private accept(caller: Socket, targetPort: number): void {
    this.pending.add(caller);
    caller.on('error', () => undefined);
    caller.on('close', () => this.pending.delete(caller));
    caller.once('data', (head) => {
      this.pending.delete(caller);
      // etcd's rafthttp names the caller in every request of its own; a connection serves one process only.
      const from = /^x-server-from: (\w+)/im.exec(head.toString('latin1'))?.[1];
      if (this.isCut(from)) return caller.destroy();
      const member = connect(targetPort, '127.0.0.1');
      const route: Route = { from, sockets: [caller, member] };
      this.routes.add(route);
      member.on('error', () => undefined);
      for (const [socket, other] of [
        [caller, member],
        [member, caller],
      ] as const) {
        socket.on('close', () => {
          this.routes.delete(route);
          other.destroy();
        });
      }
      member.write(head);
      caller.pipe(member);
      member.pipe(caller);
    });
  }
}

import cluster from 'node:cluster';
import {
  type ConnectionInjector,
  Server,
  type ServerCredentials,
  type ServerOptions,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import {
  type AddressInfo,
  type Server as TcpServer,
  type Socket,
  createServer,
  isIP,
  isIPv4,
  isIPv6,
} from 'node:net';
import { listeningServersOf } from '../grpc/private-members.js';
import { invalidOptions, setupErrors } from '../errors.js';
import { isLoopback } from '@grpc-discovery/registry';

/** The host and port of a gRPC server's url. */
export interface ServerUrl {
  /** As given, without brackets: `0.0.0.0`, `::1`, `localhost`. */
  readonly host: string;
  /** 0 lets the kernel choose. */
  readonly port: number;
}

const HOST_AND_PORT =
  /^(?:(?:dns|ipv4|ipv6):(?:\/\/\/)?)?(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/]+)):(\d{1,5})$/;

/**
 * Parses the url that a gRPC server binds, in the TCP forms of grpc-js.
 * @throws InvalidOptionError for a unix socket, which no other host can dial, and for anything else that is not a TCP address
 */
export function parseServerUrl(url: string): ServerUrl {
  if (url.startsWith('unix:')) {
    throw invalidOptions.serverUrl(url, 'a TCP address, as clients on other hosts must reach it');
  }
  const match = HOST_AND_PORT.exec(url);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535) throw invalidOptions.serverUrl(url, '"host:port"');
  return { host, port };
}

/** Whether a server that binds the url's host accepts connections to an address of this host. */
export function listensOn(url: ServerUrl, address: string): boolean {
  if (isWildcard(url.host)) return isIPv6(url.host) || isIPv4(address);
  if (isLoopback(url.host)) return isLoopback(address);
  return isIP(url.host) === 0 || url.host.toLowerCase() === address.toLowerCase();
}

/** Whether the host is a wildcard, which a client can't dial. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || /^[0:]+$/.test(host);
}

/** A server that has bound its port. */
export class BoundServer {
  private constructor(
    readonly server: ListingServer,
    /** The port really bound. */
    readonly port: number,
    readonly sockets = new OpenSockets(server),
  ) {}

  /** @throws Error, or DiscoverySetupError in a worker of `node:cluster`, when the port can't be bound; nothing is left then */
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

  /** Releases the port and cuts all connections. */
  abort(): void {
    this.server.forceShutdown();
    this.sockets.destroy();
  }
}

/** A server that knows the names of its services, including those that the application adds in `onLoadPackageDefinition`. */
export class ListingServer extends Server {
  private readonly names = new Set<string>();
  private ownPort: OwnPort | undefined;

  /** With their packages: `helloworld.Greeter`. */
  get serviceNames(): readonly string[] {
    return [...this.names];
  }

  /**
   * Binds a port that no other worker shares, and returns it.
   * @throws Error, or DiscoverySetupError in a worker of `node:cluster`, when it can't be bound.
   */
  async listen(url: string, credentials: ServerCredentials): Promise<number> {
    if (!cluster.isWorker) return this.bindShared(url, credentials);
    this.ownPort = await OwnPort.bind(url, this.createConnectionInjector(credentials));
    return this.ownPort.number;
  }

  override addService(
    service: ServiceDefinition,
    implementation: UntypedServiceImplementation,
  ): void {
    super.addService(service, implementation);
    for (const { path } of Object.values(service)) this.names.add(path.split('/')[1] ?? '');
  }

  override tryShutdown(callback: (error?: Error) => void): void {
    this.ownPort?.close();
    super.tryShutdown(callback);
  }

  override forceShutdown(): void {
    this.ownPort?.close();
    super.forceShutdown();
  }

  private bindShared(url: string, credentials: ServerCredentials): Promise<number> {
    return new Promise((resolve, reject) => {
      this.bindAsync(url, credentials, (error, port) => (error ? reject(error) : resolve(port)));
    });
  }
}

/**
 * A listening socket of one worker of `node:cluster`. Workers that bind a port in the usual way share one socket, also for
 * port 0: they would be several instances at one address, and a client, which keeps its connection, would reach one of them.
 */
class OwnPort {
  private constructor(private readonly server: TcpServer) {}

  /** @throws DiscoverySetupError, InvalidOptionError */
  static async bind(url: string, injector: ConnectionInjector): Promise<OwnPort> {
    const { host, port } = parseServerUrl(url);
    const server = createServer((socket) => injector.injectConnection(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => reject(setupErrors.workerPort(url, cause)));
      server.listen({ host, port, exclusive: true }, resolve);
    });
    return new OwnPort(server);
  }

  get number(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Stops accepting connections. Safe to call twice. */
  close(): void {
    this.server.close();
  }
}

/**
 * The sockets of a server. Node ends the socket of a closed HTTP/2 session gracefully, and waits for the other side to do
 * the same: a peer that hangs keeps the process alive. A socket in its TLS handshake has no session yet.
 */
export class OpenSockets {
  private readonly open = new Set<Socket>();

  /** @param server Must be bound and must not have accepted a connection yet. */
  constructor(server: Server) {
    for (const http2Server of listeningServersOf(server)) {
      http2Server.on('connection', (socket: Socket) => this.add(socket));
    }
  }

  destroy(): void {
    for (const socket of this.open) socket.destroy();
  }

  private add(socket: Socket): void {
    this.open.add(socket);
    socket.once('close', () => this.open.delete(socket));
  }
}

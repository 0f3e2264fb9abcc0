import type { Registry } from '@grpc-discovery/registry';
import { counted } from '@grpc-discovery/registry/options';
import { AdsServer, type RefusedResponse } from '@grpc-discovery/xds';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { AgentOptions } from './agent.options.js';
import { RegistryFeed } from './registry-feed.js';
import { StatusServer } from './status-server.js';
import { openToAllUsers, removeStaleSocket, socketPath } from './unix-socket.js';
import { ViewFile } from './view-file.js';

/** How long a start waits for the registry before it takes the services of the last run, in milliseconds. */
const FIRST_LIST_MS = 2_000;
/** Refusals are logged at most once in this time, in milliseconds: a client may refuse every push. */
const NACK_LOG_MS = 10_000;

export interface AgentLogger {
  info(message: string): void;
  warn(message: string): void;
}

/** Serves a registry by xDS. It listens once it has a first list of services, because clients fail on an empty one. */
export class Agent {
  private readonly ads: AdsServer;
  private readonly feed: RegistryFeed;
  private readonly status: StatusServer;
  private readonly server = new Server({
    // A client that hangs or is cut off must not keep its stream for ever.
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
  });
  private lastNackLogAt = -Infinity;
  private starting: Promise<void> | undefined;
  private isClosed = false;
  /** Port of the control plane; undefined until it listens, and on a unix socket. */
  port: number | undefined;
  /** Port of the status pages. */
  statusPort: number | undefined;

  constructor(
    private readonly registry: Registry,
    private readonly options: AgentOptions,
    private readonly logger: AgentLogger,
  ) {
    const warn = (message: string) => logger.warn(message);
    this.ads = new AdsServer({ ingress: options.ingress, onNack: (nack) => this.logNack(nack) });
    const file = options.snapshot === undefined ? undefined : new ViewFile(options.snapshot, warn);
    this.feed = new RegistryFeed(registry, this.ads, file, warn);
    this.status = new StatusServer(this.ads, this.feed);
  }

  /** Resolves when the control plane listens, or when the agent is closed before. */
  start(): Promise<void> {
    this.starting = this.open();
    return this.starting;
  }

  /** Safe to call before the start has finished. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.feed.close();
    // The caller of `start` gets its error.
    await this.starting?.catch(() => undefined);
    this.ads.close();
    this.server.forceShutdown();
    await this.status.close();
    await this.registry.close();
  }

  private async open(): Promise<void> {
    const { host, port } = this.options.status;
    this.statusPort = await this.status.listen(host, port);
    if (this.isClosed) return;
    this.logger.info(`State at http://${host}:${this.statusPort}/state`);
    await this.feed.start(FIRST_LIST_MS);
    if (this.isClosed) return;
    this.ads.addTo(this.server);
    const socket = socketPath(this.options.listen);
    if (socket !== undefined) await removeStaleSocket(socket);
    const bound = await this.bind();
    if (socket === undefined) this.port = bound;
    else await openToAllUsers(socket);
    this.status.isServing = true;
    const { listen } = this.options;
    this.logger.info(`Serving ${counted(this.ads.services.length, 'service')} by xDS at ${listen}`);
  }

  private bind(): Promise<number> {
    const { listen, tls } = this.options;
    const credentials = tls
      ? ServerCredentials.createSsl(
          tls.clientCa,
          [{ cert_chain: tls.certificate, private_key: tls.key }],
          true,
        )
      : ServerCredentials.createInsecure();
    return new Promise((resolve, reject) => {
      this.server.bindAsync(listen, credentials, (error, port) =>
        error ? reject(error) : resolve(port),
      );
    });
  }

  private logNack({ nodeId, userAgent, type, message }: RefusedResponse): void {
    const now = performance.now();
    if (now - this.lastNackLogAt < NACK_LOG_MS) return;
    this.lastNackLogAt = now;
    const resource = type.slice(type.lastIndexOf('.') + 1);
    this.logger.warn(
      `Client "${nodeId}" (${userAgent}) refused a ${resource} and keeps its last good one: ${message}`,
    );
  }
}

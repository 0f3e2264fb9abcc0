import type {
  Registration,
  RegistrationState,
  Registry,
  ServiceInstance,
} from '@grpc-discovery/registry';
import { ServerCredentials, type ServerInterceptor } from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import { type GrpcOptions, ServerGrpc } from '@nestjs/microservices';
import { setTimeout as delay } from 'node:timers/promises';
import type { CallInterceptors } from '../call-interceptors.js';
import { ServerHealth } from './server-health.js';
import { grpcServerOptions, loadContract } from '../options/grpc-options.js';
import { ServerReflection } from './server-reflection.js';
import type { NormalizedDrainOptions } from '../drain/drain-options.js';
import { cutText, drain, drainedText } from '../drain/drain.js';
import type { DrainListener, LocalServer } from './local-instances.js';
import type { LeaveBy } from '../readiness/readiness.options.js';
import { Rotation, notMade } from './rotation.js';
import { FileServerCredentials } from '../tls/server-credentials.js';
import type { ServerTlsOptions } from '../tls/tls.options.js';
import { advertisedAddress, loopbackWarning } from './advertised-address.js';
import {
  BoundServer,
  type ListingServer,
  type OpenSockets,
  parseServerUrl,
} from './bound-server.js';
import { ConfigPublisher, type PublishedServiceConfig } from './config-publisher.js';
import { OpenCalls } from './open-calls.js';
import type { ContractListener, ContractRpc, HandledService } from './served-contracts.js';
import { setupErrors } from '../errors.js';

export type GrpcServerOptions = GrpcOptions['options'];

export interface DiscoverableServerDependencies {
  readonly registry: Registry;
  readonly registryHosts: readonly string[];
  /** The fields of the instance that are known before the server listens. */
  readonly instance: Omit<ServiceInstance, 'address' | 'startedAt'>;
  readonly advertisedAddress: string | undefined;
  /** The service config that the service publishes. */
  readonly config: PublishedServiceConfig | undefined;
  readonly drain: NormalizedDrainOptions;
  readonly onDrain: DrainListener;
  readonly onContract: ContractListener;
  /** Whether the server answers health checks. */
  readonly health: boolean;
  /** Whether the server offers reflection. */
  readonly reflection: boolean;
  readonly tls: ServerTlsOptions | undefined;
  readonly interceptors: readonly ServerInterceptor[];
  /** Interceptors that observe calls for the application. */
  readonly observers: CallInterceptors;
}

type ServerState =
  /** It can listen, also after a failed attempt. */
  | { readonly kind: 'idle' }
  /** `settled` is aborted once the port is bound or released. */
  | { readonly kind: 'binding'; readonly settled: AbortSignal }
  | { readonly kind: 'bound'; readonly bound: BoundServer }
  | Serving
  | { readonly kind: 'draining'; readonly rotation: Rotation; readonly done: Promise<void> }
  /** Closed by the application; it can't listen again. */
  | { readonly kind: 'closed' };

interface Serving {
  readonly kind: 'serving';
  readonly server: ListingServer;
  readonly sockets: OpenSockets;
  readonly rotation: Rotation;
  readonly health: ServerHealth | undefined;
}

/** Longest wait of `close()` for a pending bind, in milliseconds; the port is released when the bind ends. */
const BIND_MS = 2_000;

/**
 * Nest's gRPC server, which registers when it truly serves and deregisters before it stops. Nest's life-cycle hooks
 * come too early or too late for both: `listen()` binds the port before it adds the services, and hooks run before the
 * first or after, depending on how the application is booted and stopped.
 */
export class DiscoverableServer extends ServerGrpc implements LocalServer {
  protected override readonly logger = new Logger(DiscoverableServer.name);
  private state: ServerState = { kind: 'idle' };
  private readonly calls = new OpenCalls();
  private tls: FileServerCredentials | undefined;
  private reflection: ServerReflection | undefined;
  private publisher: ConfigPublisher | undefined;
  /** Set while the application holds the instance out of rotation. */
  private leftBy: LeaveBy | undefined;
  private readonly contract: HandledService[] = [];

  constructor(
    private readonly grpcOptions: GrpcServerOptions,
    private readonly dependencies: DiscoverableServerDependencies,
  ) {
    super(grpcOptions);
  }

  /** Set from the first to the last call that can be served. */
  get registration(): Registration | undefined {
    return 'rotation' in this.state ? this.state.rotation.registration : undefined;
  }

  leave(by: LeaveBy): void {
    this.leftBy = by;
    if (this.state.kind === 'serving') this.state.rotation.leave(by);
  }

  rejoin(): void {
    this.leftBy = undefined;
    if (this.state.kind === 'serving') this.state.rotation.rejoin();
  }

  /** Passes a DiscoverySetupError to the callback if the server already listens or was closed. */
  override async listen(callback: (error?: unknown, ...rest: unknown[]) => void): Promise<void> {
    const { service } = this.dependencies.instance;
    if (this.state.kind === 'idle') return super.listen(callback);
    const isClosed = this.state.kind === 'closed' || this.state.kind === 'draining';
    callback(isClosed ? setupErrors.serverClosed(service) : setupErrors.serverListens(service));
  }

  /** Like Nest's own method, and keeps the port that the kernel chose. */
  override async createClient(): Promise<ListingServer> {
    const settled = new AbortController();
    const state = { kind: 'binding', settled: settled.signal } as const;
    this.state = state;
    try {
      const { interceptors, observers, instance, reflection } = this.dependencies;
      // Nest's own errors name neither the file's contents nor its path.
      loadContract('discoverable()', this.grpcOptions);
      if (reflection) this.reflection = await ServerReflection.load();
      const all = [...observers.ofServer(instance), ...interceptors, this.calls.interceptor];
      const options = grpcServerOptions(this.grpcOptions, all, (it) => this.logger.warn(it));
      const bound = await BoundServer.bind(this.url, this.credentials(), options);
      if (this.state === state) {
        this.state = { kind: 'bound', bound };
        return bound.server;
      }
      bound.abort();
      throw setupErrors.serverClosed(instance.service);
    } catch (error) {
      this.tls?.close();
      if (this.state === state) this.state = { kind: 'idle' };
      throw error;
    } finally {
      settled.abort();
    }
  }

  private credentials(): ServerCredentials {
    const { tls } = this.dependencies;
    if (tls) return (this.tls = FileServerCredentials.create(tls, (it) => this.logger.warn(it)));
    return (this.grpcOptions.credentials ??
      ServerCredentials.createInsecure()) as ServerCredentials;
  }

  /** Port bound and services added: the first moment at which a call would succeed. */
  override async start(callback?: () => void): Promise<void> {
    try {
      this.contract.splice(0);
      await this.bindEvents();
      this.dependencies.onContract(this.contract, this.messageHandlers.keys());
      await this.register();
    } catch (error) {
      if (this.state.kind === 'bound') {
        this.abort(this.state.bound);
        this.state = { kind: 'idle' };
      }
      throw error;
    }
    callback?.();
  }

  /** Like Nest's own method, and keeps the result. */
  override async createService(
    grpcService: { readonly service: Readonly<Record<string, ContractRpc>> },
    name: string,
  ): Promise<object> {
    const handlers: object = await super.createService(grpcService, name);
    this.contract.push({ name, rpcs: grpcService.service, handled: Object.keys(handlers) });
    return handlers;
  }

  private async register(): Promise<void> {
    const { registryHosts, advertisedAddress: option } = this.dependencies;
    const address = await advertisedAddress({
      option,
      environment: process.env,
      url: parseServerUrl(this.url),
      boundPort: this.bound.port,
      registryHosts,
    });
    const warning = loopbackWarning(address, registryHosts);
    if (warning !== undefined) this.logger.warn(warning);
    this.serve(address);
  }

  private serve(address: string): void {
    const { registry, instance } = this.dependencies;
    const { server, sockets } = this.bound;
    const startedAt = new Date().toISOString();
    const health = this.dependencies.health ? ServerHealth.addTo(server) : undefined;
    this.reflection?.addTo(server, this.grpcOptions);
    const rotation = new Rotation({
      registrar: registry.registrar,
      instance: { ...instance, address, startedAt },
      health,
      onRegistration: (registration) => this.publishWith(registration),
      onFailure: (error) => this.logger.error(notMade(error)),
    });
    this.state = { kind: 'serving', server, sockets, rotation, health };
    if (this.leftBy) rotation.leave(this.leftBy);
  }

  /** Called each time the registry accepts the instance, for example after it lost its data. */
  private publishWith(registration: Registration): void {
    const { registry, instance, config } = this.dependencies;
    if (!config) return;
    const { configs } = registry;
    const warn = (message: string) => this.logger.warn(message);
    this.publisher?.stop();
    const publisher = new ConfigPublisher({ configs, service: instance.service, config, warn });
    this.publisher = publisher;
    const publishWhenRegistered = ({ kind }: RegistrationState) => {
      if (kind === 'registered') publisher.publish();
    };
    registration.onStateChange(publishWhenRegistered);
    publishWhenRegistered(registration.state);
  }

  /** @throws DiscoverySetupError if the server was closed since it bound its port */
  private get bound(): BoundServer {
    if (this.state.kind === 'bound') return this.state.bound;
    throw setupErrors.serverClosed(this.dependencies.instance.service);
  }

  /** Drains. Nest calls it once or twice, depending on how the application is stopped. */
  override close(): Promise<void> {
    switch (this.state.kind) {
      case 'draining':
        return this.state.done;
      case 'serving': {
        const done = this.drain(this.state);
        this.state = { kind: 'draining', rotation: this.state.rotation, done };
        return done;
      }
      case 'binding': {
        const { settled } = this.state;
        this.state = { kind: 'closed' };
        return delay(BIND_MS, undefined, { signal: settled }).catch(() => undefined);
      }
      case 'bound':
        this.abort(this.state.bound);
        this.state = { kind: 'closed' };
        return Promise.resolve();
      case 'idle':
      case 'closed':
        this.state = { kind: 'closed' };
        return Promise.resolve();
    }
  }

  /** The server was never registered. */
  private abort(bound: BoundServer): void {
    this.tls?.close();
    bound.abort();
  }

  private async drain({ server, sockets, rotation, health }: Serving): Promise<void> {
    rotation.end();
    const { registration } = rotation;
    const { instance } = registration;
    const { drain: bounds, onDrain } = this.dependencies;
    this.publisher?.stop();
    this.logger.log(`Draining instance "${instance.id}" of service "${instance.service}"`);
    onDrain({ kind: 'draining', instance });
    const result = await drain(
      { server, registration, calls: this.calls, sockets, health },
      bounds,
    );
    this.tls?.close();
    this.logger.log(drainedText(instance, result));
    const cut = cutText(instance, result, bounds.graceMs);
    if (cut !== undefined) this.logger.warn(cut);
    this.state = { kind: 'closed' };
    onDrain({ kind: 'drained', instance, result });
  }
}

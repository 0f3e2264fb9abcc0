import type {
  Registration,
  RegistrationState,
  Registry,
  ServiceInstance,
} from '@grpc-discovery/registry';
import { ServerCredentials, type ServerInterceptor, type ServerOptions } from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import { ServerGrpc, type GrpcOptions } from '@nestjs/microservices';
import type { CallInterceptors } from '../call-interceptors.js';
import { ServerHealth } from '../health/server-health.js';
import { ServerReflection } from '../reflection/server-reflection.js';
import { ignoredChannelOptions } from '../options/channel-option-names.js';
import { grpcChannelOptions } from '../options/grpc-options.js';
import { FileServerCredentials } from '../tls/server-credentials.js';
import type { ServerTlsOptions } from '../tls/tls.options.js';
import { advertisedAddress } from './advertised-address.js';
import { ConfigPublisher, type PublishedServiceConfig } from './config-publisher.js';
import { drain, type DrainResult } from './drain.js';
import type { NormalizedDrainOptions } from './drain-options.js';
import { ListingServer } from './listing-server.js';
import type { DrainListener } from './local-instances.js';
import { OpenCalls } from './open-calls.js';
import { OpenSockets } from './open-sockets.js';
import type { LeaveBy } from './readiness.options.js';
import { Rotation } from './rotation.js';
import { parseServerUrl } from './server-url.js';

export type GrpcServerOptions = GrpcOptions['options'];

export interface DiscoverableServerDependencies {
  readonly registry: Registry;
  readonly registryHosts: readonly string[];
  /** All of the instance that is known before the server listens. */
  readonly instance: Omit<ServiceInstance, 'address' | 'startedAt'>;
  readonly advertisedAddress: string | undefined;
  /** What the service publishes for its clients. */
  readonly config: PublishedServiceConfig | undefined;
  readonly drain: NormalizedDrainOptions;
  readonly onDrain: DrainListener;
  /** Whether the server answers health checks. */
  readonly health: boolean;
  /** Whether the server tells its contract. */
  readonly reflection: boolean;
  readonly tls: ServerTlsOptions | undefined;
  readonly interceptors: readonly ServerInterceptor[];
  /** Those that observe calls for the application. */
  readonly observers: CallInterceptors;
}

type ServerState =
  | { readonly kind: 'closed' }
  | Bound
  | Serving
  | { readonly kind: 'draining'; readonly rotation: Rotation; readonly done: Promise<void> };

interface Bound {
  readonly kind: 'bound';
  readonly server: ListingServer;
  readonly sockets: OpenSockets;
  readonly port: number;
}

interface Serving {
  readonly kind: 'serving';
  readonly server: ListingServer;
  readonly sockets: OpenSockets;
  readonly rotation: Rotation;
  readonly health: ServerHealth | undefined;
}

/**
 * Nest's gRPC server, which registers when it truly serves and deregisters before it stops. Nest's life-cycle hooks
 * come too early or too late for both: `listen()` binds the port before it adds the services, and hooks run before the
 * first or after, depending on how the application is booted and stopped.
 */
export class DiscoverableServer extends ServerGrpc {
  protected override readonly logger = new Logger(DiscoverableServer.name);
  private state: ServerState = { kind: 'closed' };
  private readonly calls = new OpenCalls();
  private tls: FileServerCredentials | undefined;
  private reflection: ServerReflection | undefined;
  private publisher: ConfigPublisher | undefined;
  /** Set while the application wants the instance out of rotation. */
  private leftBy: LeaveBy | undefined;

  constructor(
    private readonly grpcOptions: GrpcServerOptions,
    private readonly dependencies: DiscoverableServerDependencies,
  ) {
    super(grpcOptions);
  }

  /** From the first call that can be served to the last one, or undefined outside that time. */
  get registration(): Registration | undefined {
    return 'rotation' in this.state ? this.state.rotation.registration : undefined;
  }

  /** Takes the instance out of rotation, also one that begins to serve later. */
  leave(by: LeaveBy): void {
    this.leftBy = by;
    if (this.state.kind === 'serving') this.state.rotation.leave(by);
  }

  /** Ends what `leave` began. */
  rejoin(): void {
    this.leftBy = undefined;
    if (this.state.kind === 'serving') this.state.rotation.rejoin();
  }

  /** Does what Nest's own does, and keeps the port that the kernel chose. */
  override async createClient(): Promise<ListingServer> {
    if (this.dependencies.reflection) this.reflection = await ServerReflection.load();
    const server = new ListingServer(this.serverOptions());
    const credentials = this.credentials();
    const port = await server.listen(this.url, credentials);
    this.state = { kind: 'bound', server, sockets: new OpenSockets(server), port };
    return server;
  }

  private credentials(): ServerCredentials {
    const { tls } = this.dependencies;
    if (tls) {
      this.tls = FileServerCredentials.create(tls, (message) => this.logger.warn(message));
      return this.tls;
    }
    return (this.grpcOptions.credentials ??
      ServerCredentials.createInsecure()) as ServerCredentials;
  }

  /** Port bound and services added: the first moment at which a call would succeed. */
  override async start(callback?: () => void): Promise<void> {
    try {
      await this.bindEvents();
      await this.register();
    } catch (error) {
      this.tls?.close();
      if (this.state.kind === 'bound') this.abort(this.state);
      throw error;
    }
    callback?.();
  }

  private async register(): Promise<void> {
    const address = await advertisedAddress({
      option: this.dependencies.advertisedAddress,
      environment: process.env,
      url: parseServerUrl(this.url),
      boundPort: this.boundPort,
      registryHosts: this.dependencies.registryHosts,
    });
    this.serve(address);
  }

  /** Does nothing when the server was closed while its address was looked up. */
  private serve(address: string): void {
    if (this.state.kind !== 'bound') return;
    const { registry, instance } = this.dependencies;
    const startedAt = new Date().toISOString();
    const { server, sockets } = this.state;
    const health = this.dependencies.health ? ServerHealth.addTo(server) : undefined;
    this.reflection?.addTo(server, this.grpcOptions);
    const rotation = new Rotation({
      registrar: registry.registrar,
      instance: { ...instance, address, startedAt },
      health,
      onRegistration: (registration) => this.publishWith(registration),
    });
    this.state = { kind: 'serving', server, sockets, rotation, health };
    if (this.leftBy) rotation.leave(this.leftBy);
  }

  /** Each time that the registry takes the instance, which is also after it has lost its data. */
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

  private get boundPort(): number {
    return this.state.kind === 'bound' ? this.state.port : 0;
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
      case 'bound':
        this.tls?.close();
        this.abort(this.state);
        return Promise.resolve();
      case 'closed':
        return Promise.resolve();
    }
  }

  /** Nobody was told of the server. */
  private abort({ server, sockets }: Bound): void {
    server.forceShutdown();
    sockets.destroy();
    this.state = { kind: 'closed' };
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
    this.logResult(instance, result);
    this.state = { kind: 'closed' };
    onDrain({ kind: 'drained', instance, result });
  }

  private logResult({ id, service }: ServiceInstance, result: DrainResult): void {
    const { streamsEnded, callsCut, durationMs } = result;
    const subject = `Instance "${id}" of service "${service}"`;
    this.logger.log(
      `${subject} was drained in ${Math.round(durationMs)} ms; streams told to go elsewhere: ${streamsEnded}`,
    );
    if (callsCut === 0) return;
    this.logger.warn(
      `${subject} was told to finish its calls within ${this.dependencies.drain.graceMs} ms, and ${callsCut} had not: ` +
        `they were cut. Raise drain.graceMs if they need longer.`,
    );
  }

  private serverOptions(): ServerOptions {
    const { instance, interceptors, observers } = this.dependencies;
    const options = grpcChannelOptions(this.grpcOptions);
    const ignored = ignoredChannelOptions(options ?? {});
    if (ignored.length > 0) {
      this.logger.warn(`grpc-js ignores of the options of discoverable(): ${ignored.join(', ')}`);
    }
    return {
      ...options,
      interceptors: [...observers.ofServer(instance), ...interceptors, this.calls.interceptor],
    };
  }
}

import {
  type ChannelDescription,
  describeChannel,
  discoveryChannel,
  discoveryChannelOptions,
  discoveryTarget,
  installBalancing,
  type ServiceConfigSource,
  type ServiceConfigState,
  type SharedAddress,
  updateOwnConfig,
  withCallValues,
} from '@grpc-discovery/balancing';
import {
  type ConfigState,
  printable,
  type Registry,
  type ServiceConfigs,
} from '@grpc-discovery/registry';
import {
  type Channel,
  type ChannelCredentials,
  type ChannelOptions,
  type ClientOptions,
  credentials as grpcCredentials,
  InterceptingCall,
  type Interceptor,
} from '@grpc/grpc-js';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import { CallInterceptors } from '../call-interceptors.js';
import type { NormalizedDiscoveryOptions } from '../discovery.options.js';
import { CONNECTS_AT_ONCE, DISCOVERY_OPTIONS, DISCOVERY_REGISTRY } from '../discovery.tokens.js';
import { compressCalls } from '../grpc/private-members.js';
import { ignoredChannelOptions } from '../options/channel-option-names.js';
import { FileChannelCredentials } from '../tls/channel-credentials.js';
import { checkDeadline } from './call-checks.js';
import { type ChannelDeclaration, ClientCatalog } from './client-catalog.js';
import { WHEN_OPENED } from './client-options.js';
import { invalidOptions, setupErrors } from '../errors.js';

/** How many instances at one address a warning lists. */
const NAMED_IDS = 5;

/** One interceptor for both checks: each one costs every call. */
const checkedCalls: Interceptor = (options, nextCall) => {
  checkDeadline(options);
  return markStreams(options, nextCall);
};

/** One channel per service for the life of the process: grpc-js leaks when channels are many or recreated. */
@Injectable()
export class ServiceChannels {
  private readonly logger = new Logger('Discovery');
  private readonly open = new Map<string, JoinedChannel>();
  private readonly certificates = new Set<FileChannelCredentials>();

  constructor(
    private readonly catalog: ClientCatalog,
    private readonly interceptors: CallInterceptors,
    @Inject(DISCOVERY_REGISTRY) private readonly registry: Registry,
    @Inject(DISCOVERY_OPTIONS) private readonly options: NormalizedDiscoveryOptions,
    @Inject(CONNECTS_AT_ONCE) private connecting: boolean,
  ) {
    interceptors.addToClients(() => checkedCalls);
  }

  /** False until the application is initialized. */
  get areConnecting(): boolean {
    return this.connecting;
  }

  /** Connects every channel, including those opened later. */
  connectAll(): void {
    this.connecting = true;
    for (const { channel } of this.open.values()) channel.getConnectivityState(true);
  }

  /**
   * Options that make a client of grpc-js or Nest use the channel of a service.
   * @param own Interceptors of this client only.
   */
  clientOptions(service: string, own?: readonly Interceptor[]): ClientOptions {
    return {
      channelOverride: this.channel(service),
      interceptors: this.interceptors.ofClient(service, own),
    };
  }

  /**
   * The channel of a service. It connects as the application is initialized, so that the first call finds it ready.
   * @throws DiscoverySetupError if the options of two clients differ, or a client of a lazily loaded module sets an option that
   * an open channel can't take; InvalidPolicyError; InvalidOptionError
   */
  channel(service: string): Channel {
    return this.opened(service).channel;
  }

  /** The options that the channel of a service was created with: `describeChannel` and `explainCall` take them. */
  channelOptions(service: string): ChannelOptions {
    return this.opened(service).options;
  }

  /** The services whose channels are open. */
  get services(): readonly string[] {
    return [...this.open.keys()];
  }

  /** A snapshot of a service's channel; undefined if it is not open, or waits for the registry. */
  describe(service: string): ChannelDescription | undefined {
    const known = this.open.get(service);
    return known && describeChannel(known.options);
  }

  private opened(service: string): JoinedChannel {
    const declared = this.catalog.channel(service);
    const known = this.open.get(service);
    if (known) {
      join(known, declared);
      return known;
    }
    const opened = this.dial(declared);
    this.open.set(service, opened);
    return opened;
  }

  private dial(declared: ChannelDeclaration): JoinedChannel {
    installBalancing();
    const { service, ...own } = declared;
    const credentials = this.credentials(declared);
    const options = discoveryChannelOptions({
      ...own,
      watcher: this.registry.watcher,
      serviceConfig: publishedConfigs(this.registry.configs),
      onConfigError: ({ message }) =>
        this.logger.warn(`The published config of service "${service}" is not used: ${message}`),
      onMassRemoval: ({ held, before, after, holdMs }) =>
        this.logger.warn(
          `${before - after} of ${before} instances of service "${service}" vanished from the registry within a short time. ` +
            `Clients keep calling the ${held} of them that are still connected, for at most ${holdMs} ms`,
        ),
      onSharedAddresses: ([first, ...others]) => first && this.warnOfShared(service, first, others),
    });
    this.warnOfIgnored(service, declared.channelOptions);
    const channel = discoveryChannel(discoveryTarget(service), credentials, options);
    if (this.connecting) channel.getConnectivityState(true);
    return { channel, options, declared };
  }

  private warnOfIgnored(service: string, options: ChannelOptions = {}): void {
    const ignored = ignoredChannelOptions(options);
    if (ignored.length === 0) return;
    this.logger.warn(
      `grpc-js ignores of the options for service "${service}": ${ignored.join(', ')}`,
    );
  }

  private warnOfShared(
    service: string,
    { address, ids }: SharedAddress,
    others: readonly SharedAddress[],
  ): void {
    const named = ids
      .slice(0, NAMED_IDS)
      .map((id) => printable(id))
      .join(', ');
    const more = others.length === 0 ? '' : ` Further addresses are shared: ${others.length}.`;
    this.logger.warn(
      `${ids.length} instances of service "${service}" have the address ${printable(address)}: ${named}. Clients can't tell ` +
        `them apart, and call them as one. Give each process a port of its own.${more}`,
    );
  }

  private credentials({ service, credentials, tls }: ChannelDeclaration): ChannelCredentials {
    if (credentials && tls) {
      const expected = `absent where a client of service "${service}" gives credentials`;
      throw invalidOptions.tls('tls', expected, 'both');
    }
    const files = tls ?? this.options.tls;
    if (credentials) return credentials;
    if (!files) return grpcCredentials.createInsecure();
    const certificates = FileChannelCredentials.create(files, (text) => this.logger.warn(text));
    this.certificates.add(certificates);
    return certificates;
  }

  /** Ends what still runs. Safe to call twice. */
  closeAll(): void {
    for (const { channel } of this.open.values()) channel.close();
    this.open.clear();
    for (const certificates of this.certificates) certificates.close();
    this.certificates.clear();
  }
}

/** An open channel, and what its clients have declared so far. */
export interface JoinedChannel {
  readonly channel: Channel;
  readonly options: ChannelOptions;
  declared: ChannelDeclaration;
}

/**
 * Applies what clients of lazily loaded modules declare to a channel that is open, live.
 * @throws DiscoverySetupError for what only counts when a channel is opened; InvalidPolicyError
 */
export function join(open: JoinedChannel, declared: ChannelDeclaration): void {
  const before = open.declared;
  if (isDeepStrictEqual(before, declared)) return;
  const late = WHEN_OPENED.find((option) => !isDeepStrictEqual(before[option], declared[option]));
  if (late !== undefined) throw setupErrors.lateClient(declared.service, late);
  const { policy, methods, retryBudget } = declared;
  updateOwnConfig(open.options, { policy, methods, retryBudget });
  const compression = compressionOf(declared);
  if (compression !== compressionOf(before) && !compressCalls(open.channel, compression)) {
    throw setupErrors.lateClient(declared.service, 'compression');
  }
  open.declared = declared;
}

function compressionOf({ methods }: ChannelDeclaration): 'identity' | 'gzip' | 'deflate' {
  const all = Object.values(methods).map(({ compression = 'identity' }) => compression);
  return all.find((it) => it !== 'identity') ?? 'identity';
}

/** The published service configs, in the form that a channel takes. */
function publishedConfigs(configs: ServiceConfigs): ServiceConfigSource {
  return {
    watch: (service, listener) => configs.watch(service, (state) => listener(sourceState(state))),
  };
}

function sourceState(state: ConfigState): ServiceConfigState {
  switch (state.kind) {
    case 'pending':
      return state;
    case 'none':
      return { kind: 'absent' };
    case 'published':
      return { kind: 'published', json: JSON.stringify(state.config) };
  }
}

/** Marks streams for the channel, whatever kind of client makes the call: their duration is not a latency. */
const markStreams: Interceptor = (options, nextCall) => {
  const { requestStream, responseStream } = options.method_definition;
  const call = nextCall(options);
  // grpc-js accepts any object with the methods of a call; only its type requires the class.
  if (!requestStream && !responseStream) return call as InterceptingCall;
  return new InterceptingCall(call, {
    start: (metadata, listener, next) =>
      next(withCallValues(metadata, { isStream: true }), listener),
  });
};

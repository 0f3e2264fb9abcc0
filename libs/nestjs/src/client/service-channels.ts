import {
  discoveryChannelOptions,
  discoveryTarget,
  installBalancing,
} from '@grpc-discovery/balancing';
import type { Registry } from '@grpc-discovery/registry';
import { Channel, credentials as grpcCredentials, type ClientOptions } from '@grpc/grpc-js';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { DISCOVERY_REGISTRY } from '../discovery.tokens.js';
import { ClientCatalog } from './client-catalog.js';
import { publishedConfigs } from './published-configs.js';

/** One channel per service for the life of the process: many, or recreated ones, would leak. */
@Injectable()
export class ServiceChannels {
  private readonly logger = new Logger('Discovery');
  private readonly open = new Map<string, Channel>();

  constructor(
    private readonly catalog: ClientCatalog,
    @Inject(DISCOVERY_REGISTRY) private readonly registry: Registry,
  ) {}

  /** Options by which a client of grpc-js or Nest uses the channel of a service. */
  clientOptions(service: string): ClientOptions {
    return { channelOverride: this.channel(service) };
  }

  /**
   * The channel of a service, which begins to connect at once, so that the first call finds it ready.
   * @throws ConflictingClientsError when two clients want it to differ; InvalidPolicyError
   */
  channel(service: string): Channel {
    const known = this.open.get(service);
    if (known) return known;
    const channel = this.dial(service);
    this.open.set(service, channel);
    return channel;
  }

  private dial(service: string): Channel {
    installBalancing();
    const { credentials, policy, retryBudget, methods } = this.catalog.channel(service);
    const channel = new Channel(
      discoveryTarget(service),
      credentials ?? grpcCredentials.createInsecure(),
      discoveryChannelOptions({
        watcher: this.registry.watcher,
        methods,
        serviceConfig: publishedConfigs(this.registry.configs),
        onConfigError: ({ message }) =>
          this.logger.warn(`The published config of service "${service}" is not used: ${message}`),
        onMassRemoval: ({ held, before, after, holdMs }) =>
          this.logger.warn(
            `${before - after} of ${before} instances of service "${service}" vanished from the registry at once; ` +
              `${held} of them are connected and are called on while they are, for at most ${holdMs} ms`,
          ),
        ...(policy && { policy }),
        ...(retryBudget && { retryBudget }),
      }),
    );
    channel.getConnectivityState(true);
    return channel;
  }

  /** Ends what still runs. Safe to call twice. */
  closeAll(): void {
    for (const channel of this.open.values()) channel.close();
    this.open.clear();
  }
}

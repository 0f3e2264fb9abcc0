import {
  discoveryChannelOptions,
  discoveryTarget,
  installBalancing,
  weightedRoundRobin,
} from '@grpc-discovery/balancing';
import type { Registry } from '@grpc-discovery/registry';
import { Channel, credentials as grpcCredentials, type ClientOptions } from '@grpc/grpc-js';
import { Inject, Injectable } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import { DISCOVERY_REGISTRY } from '../discovery.tokens.js';
import { ConflictingChannelError } from '../errors.js';
import type { ServiceChannelOptions } from './balanced-client.decorator.js';

interface OpenChannel {
  readonly channel: Channel;
  readonly options: ServiceChannelOptions;
}

/** One channel per service for the life of the process: many, or recreated ones, would leak. */
@Injectable()
export class ServiceChannels {
  private readonly open = new Map<string, OpenChannel>();

  constructor(@Inject(DISCOVERY_REGISTRY) private readonly registry: Registry) {}

  /** Options by which a client of grpc-js or Nest uses the channel of a service. */
  clientOptions(options: ServiceChannelOptions): ClientOptions {
    return { channelOverride: this.channel(options) };
  }

  /**
   * The channel of a service, which begins to connect at once, so that the first call finds it ready.
   * @throws ConflictingChannelError when the service's channel is open with other options.
   */
  channel(options: ServiceChannelOptions): Channel {
    const known = this.open.get(options.service);
    if (known) {
      assertSameOptions(known.options, options);
      return known.channel;
    }
    const channel = this.dial(options);
    this.open.set(options.service, { channel, options });
    return channel;
  }

  private dial({ service, policy, credentials }: ServiceChannelOptions): Channel {
    installBalancing();
    const channel = new Channel(
      discoveryTarget(service),
      credentials ?? grpcCredentials.createInsecure(),
      discoveryChannelOptions({
        watcher: this.registry.watcher,
        policy: policy ?? weightedRoundRobin(),
      }),
    );
    channel.getConnectivityState(true);
    return channel;
  }

  /** Ends what still runs. Safe to call twice. */
  closeAll(): void {
    for (const { channel } of this.open.values()) channel.close();
    this.open.clear();
  }
}

function assertSameOptions(known: ServiceChannelOptions, wanted: ServiceChannelOptions): void {
  if (wanted.policy && !isDeepStrictEqual(known.policy ?? weightedRoundRobin(), wanted.policy)) {
    throw new ConflictingChannelError(wanted.service, 'policy');
  }
  if (wanted.credentials && known.credentials !== wanted.credentials) {
    throw new ConflictingChannelError(wanted.service, 'credentials');
  }
}

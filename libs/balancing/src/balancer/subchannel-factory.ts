import type { ServiceInstance } from '@grpc-discovery/registry';
import {
  CHANNEL_ARGS_CONFIG_SELECTOR_KEY,
  type ChannelControlHelper,
  type LoadBalancer,
  type SubchannelInterface,
} from '../grpc/experimental.js';
import type { InstanceEndpoint } from '../resolver/instance-endpoints.js';

/**
 * Label, with its value, of instances whose servers permit any number of pings, as servers on grpc-js do. `discoverable` of
 * `@grpc-discovery/nestjs` sets it. Set it yourself if you register such a server by other means.
 */
export const PINGS_LABEL = { 'grpc.pings': 'permitted' } as const;

/** Time between pings to a server that permits any number of them, in milliseconds. */
export const PERMITTED_PINGS_MS = 10_000;

/** The shortest time between pings that gRPC permits by default: servers in C++, Go or Java disconnect a client that sends more. */
const DEFAULT_PINGS_MS = 300_000;

function permitsPings({ metadata }: ServiceInstance): boolean {
  return metadata['grpc.pings'] === PINGS_LABEL['grpc.pings'];
}

export type ChannelArgs = Parameters<LoadBalancer['updateAddressList']>[2];

/** An additional argument of subchannels, so that the pool returns a new one for another attempt. */
const ATTEMPT_KEY = 'grpc.internal.discovery_attempt';

/** Creates the subchannels of one channel and lists them in channelz. */
export class SubchannelFactory {
  private readonly args: ChannelArgs;

  /**
   * @param args Arguments of the balancer's first update, used as long as it exists: channel options never change, and
   * resolver attributes must not become part of the identity of subchannels, or every update would reconnect them.
   */
  constructor(
    private readonly channel: ChannelControlHelper,
    args: ChannelArgs,
    /** Whether the application sets the time between pings for all servers. */
    private readonly hasOwnPings: boolean,
  ) {
    this.args = { ...args };
    delete this.args[CHANNEL_ARGS_CONFIG_SELECTOR_KEY];
  }

  /** @param attempt Number of subchannels of this endpoint that were given up before. */
  create({ instance, addresses }: InstanceEndpoint, attempt: number): SubchannelInterface {
    const isSparing = !this.hasOwnPings && !permitsPings(instance);
    const subchannel = this.channel.createSubchannel(addresses[0], {
      ...this.args,
      ...(isSparing && { 'grpc.keepalive_time_ms': DEFAULT_PINGS_MS }),
      ...(attempt > 0 && { [ATTEMPT_KEY]: attempt }),
    });
    this.channel.addChannelzChild(subchannel.getChannelzRef());
    return subchannel;
  }

  drop(subchannel: SubchannelInterface): void {
    this.channel.removeChannelzChild(subchannel.getChannelzRef());
  }
}

import type { ServiceInstance } from '@grpc-discovery/registry';
import { permitsPings, UNTOLD_PINGS_MS } from '../channel/pings.js';
import {
  CHANNEL_ARGS_CONFIG_SELECTOR_KEY,
  type ChannelControlHelper,
  type LoadBalancer,
  type SubchannelAddress,
  type SubchannelInterface,
} from '../grpc/experimental.js';

export type ChannelArgs = Parameters<LoadBalancer['updateAddressList']>[2];

/** A further argument of subchannels, so that another attempt gets another one from the pool. */
const ATTEMPT_KEY = 'grpc.internal.discovery_attempt';

/** Which subchannel of an instance is wanted. */
export interface WantedSubchannel {
  readonly instance: ServiceInstance;
  readonly address: SubchannelAddress;
  /** How many were given up before. */
  readonly attempt: number;
}

/** Creates the subchannels of one policy on one channel, and lists them in channelz. */
export class ChannelSubchannels {
  private readonly args: ChannelArgs;

  /**
   * @param args the arguments of the policy's first update. They serve for its life: channel options never change, and
   * resolver attributes must not become part of the subchannels' identity, or every update would connect anew.
   */
  constructor(
    private readonly channel: ChannelControlHelper,
    args: ChannelArgs,
    /** Whether the application has said how often servers are pinged. */
    private readonly pingsAreTold: boolean,
  ) {
    this.args = { ...args };
    delete this.args[CHANNEL_ARGS_CONFIG_SELECTOR_KEY];
  }

  create({ instance, address, attempt }: WantedSubchannel): SubchannelInterface {
    const isSparing = !this.pingsAreTold && !permitsPings(instance);
    const subchannel = this.channel.createSubchannel(address, {
      ...this.args,
      ...(isSparing && { 'grpc.keepalive_time_ms': UNTOLD_PINGS_MS }),
      ...(attempt > 0 && { [ATTEMPT_KEY]: attempt }),
    });
    this.channel.addChannelzChild(subchannel.getChannelzRef());
    return subchannel;
  }

  drop(subchannel: SubchannelInterface): void {
    this.channel.removeChannelzChild(subchannel.getChannelzRef());
  }
}

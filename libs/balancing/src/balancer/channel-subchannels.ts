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
  ) {
    this.args = { ...args };
    delete this.args[CHANNEL_ARGS_CONFIG_SELECTOR_KEY];
  }

  create(address: SubchannelAddress, attempt: number): SubchannelInterface {
    const args = attempt === 0 ? this.args : { ...this.args, [ATTEMPT_KEY]: attempt };
    const subchannel = this.channel.createSubchannel(address, args);
    this.channel.addChannelzChild(subchannel.getChannelzRef());
    return subchannel;
  }

  drop(subchannel: SubchannelInterface): void {
    this.channel.removeChannelzChild(subchannel.getChannelzRef());
  }
}

import type { ChannelOptions } from '@grpc/grpc-js';
import { Metadata, status } from '@grpc/grpc-js';
import type { ServiceInstance } from '@grpc-discovery/registry';
import { NO_INSTANCE_KEY } from '../channel/channel-args.js';
import { statusOrFromValue, type LoadBalancer } from '../grpc/experimental.js';
import {
  WeightedRoundRobinBalancer,
  WeightedRoundRobinConfig,
} from '../policies/weighted-round-robin.js';
import { instanceEndpoints } from '../resolver/instance-endpoints.js';
import { ScriptedChannel } from './scripted-channel.js';

/** The base policy under weighted round robin without chance, on a scripted channel. */
export class ScriptedPolicy {
  readonly channel = new ScriptedChannel();
  readonly balancer: LoadBalancer = new WeightedRoundRobinBalancer(this.channel, () => 0);

  list(instances: readonly ServiceInstance[], args: ChannelOptions = {}): boolean {
    const endpoints = statusOrFromValue([...instanceEndpoints(instances, [])]);
    return this.balancer.updateAddressList(endpoints, new WeightedRoundRobinConfig(), args, 'it');
  }

  error(details: string): boolean {
    return this.fail(details, {});
  }

  noInstance(details: string): boolean {
    return this.fail(details, { [NO_INSTANCE_KEY]: true });
  }

  private fail(details: string, args: ChannelOptions): boolean {
    const error = { code: status.UNAVAILABLE, details, metadata: new Metadata() };
    const config = new WeightedRoundRobinConfig();
    return this.balancer.updateAddressList({ ok: false, error }, config, args, '');
  }
}

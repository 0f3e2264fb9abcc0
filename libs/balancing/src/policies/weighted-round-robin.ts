import { EdfScheduler } from './edf-scheduler.js';
import { policyConfig, type PolicyType } from './policy-config.js';
import {
  UnselectivePolicy,
  type BalancedEndpoint,
  type EndpointPicker,
  type Observation,
  type PolicyConfig,
  type PolicyContext,
} from './policy.js';
import type { SettingsReader } from './settings-reader.js';

export interface WeightedRoundRobinOptions {
  /**
   * Source of the weights: `registered` with the instances, or `reported` by the servers as the calls per second that each
   * serves, divided by its utilisation. Servers report with `reportUtilization()`, or with ORCA trailers in any language.
   * @default 'registered'
   */
  readonly weights?: 'registered' | 'reported';
}

/**
 * Calls rotate over all ready instances in proportion to their weights. An instance of registered weight 0 gets calls only if
 * all ready instances have weight 0.
 */
export function weightedRoundRobin(options: WeightedRoundRobinOptions = {}): PolicyConfig {
  return policyConfig(weightedRoundRobinPolicy, options);
}

/** gRFC A58: weights are not updated more often than this. */
const MIN_UPDATE_MS = 100;

/** gRPC's settings of this policy (gRFC A58). Those of out-of-band reports are accepted as far as they don't enable them. */
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
  /** A pick that grpc-js discards before the call starts costs its endpoint one turn, and no more. */
  private readonly schedule: EdfScheduler<BalancedEndpoint>;

  constructor(
    /** Undefined to use the registered weights. */
    private readonly reported: ReportedSettings | undefined,
    private readonly context: PolicyContext,
  ) {
    super();
    this.observes = { reports: reported !== undefined };
    this.schedule = new EdfScheduler(context.random);
  }

  createPicker(ready: readonly BalancedEndpoint[]): EndpointPicker {
    const { reported } = this;
    return reported ? this.reportedPicker(ready, reported) : this.registeredPicker(ready);
  }

  private registeredPicker(ready: readonly BalancedEndpoint[]): EndpointPicker {
    const { schedule } = this;
    // Either all weights are 0 or none is.
    schedule.update(ready, ({ instance }) => instance.weight || 1);
    return { pick: (_, avoid) => schedule.next(avoid) };
  }

  private reportedPicker(
    ready: readonly BalancedEndpoint[],
    settings: ReportedSettings,
  ): EndpointPicker {
    const { schedule } = this;
    const { clock } = this.context;
    let weighedAt = -Infinity;
    return {
      pick: (_, avoid) => {
        const time = clock.now();
        if (time - weighedAt >= settings.updateMs) {
          const weights = reportedWeights(ready, time, settings);
          schedule.update(ready, (_, index) => weights[index]!);
          weighedAt = time;
        }
        return schedule.next(avoid);
      },
      view: (endpoint) => ({
        reportedWeight: reportedWeights(ready, clock.now(), settings)[ready.indexOf(endpoint)]!,
      }),
    };
  }
}

/** Settings of reported weights (gRFC A58). */
interface ReportedWeightSettings {
  /** Time after an instance was first seen in which its reports don't count, in milliseconds. */
  readonly blackoutMs: number;
  /** Age from which a report no longer counts, in milliseconds. */
  readonly expirationMs: number;
  /** How much errors lower a weight: their share of the calls, times this factor, is added to the utilisation. */
  readonly errorPenalty: number;
}

/** No weight is more than this many times the median, so that an instance with almost no utilisation does not get all calls. */
const MOST_TIMES_MEDIAN = 1_000;

/**
 * The weights of gRFC A58: calls per second divided by utilisation, to which errors add. An instance in its blackout period,
 * or whose report has expired, gets the mean of the others. If fewer than two have a weight of their own, all weights are
 * equal. All weights are positive and within a bounded range of the median.
 */
function reportedWeights(
  endpoints: readonly BalancedEndpoint[],
  now: number,
  settings: ReportedWeightSettings,
): number[] {
  const weights = endpoints.map((endpoint) => weightOf(endpoint, now, settings));
  const known = weights.filter((weight) => weight > 0).sort((a, b) => a - b);
  if (known.length < 2) return weights.map(() => 1);
  const median = known[(known.length - 1) >> 1]!;
  const bounded = (weight: number) =>
    Math.min(Math.max(weight, median / MOST_TIMES_MEDIAN), median * MOST_TIMES_MEDIAN);
  const mean = known.reduce((sum, weight) => sum + bounded(weight), 0) / known.length;
  return weights.map((weight) => (weight > 0 ? bounded(weight) : mean));
}

/** @returns 0 if no valid report is available. */
function weightOf(
  { load }: BalancedEndpoint,
  now: number,
  { blackoutMs, expirationMs, errorPenalty }: ReportedWeightSettings,
): number {
  if (!load.report || now - load.firstSeenAt < blackoutMs) return 0;
  const { value, at } = load.report;
  if (now - at >= expirationMs || value.callsPerSecond <= 0 || value.utilization <= 0) return 0;
  const penalty = (value.errorsPerSecond / value.callsPerSecond) * errorPenalty;
  const weight = value.callsPerSecond / (value.utilization + penalty);
  return Number.isFinite(weight) && weight > Number.MIN_VALUE / Number.EPSILON ? weight : 0;
}

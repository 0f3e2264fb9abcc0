import type { BalancedEndpoint } from '../balancer/balanced-endpoint.js';

/** gRFC A58's settings of weights that are reported, in milliseconds. */
export interface ReportedWeightSettings {
  /** For so long after an instance was first seen its reports do not count. */
  readonly blackoutMs: number;
  /** A report that is older counts no more. */
  readonly expirationMs: number;
  /** How much errors lower a weight: their share of the calls, times this, is added to the utilisation. */
  readonly errorPenalty: number;
}

/** An instance that reports next to no utilisation is not given all calls: no weight is more than so many times the median. */
const MOST_TIMES_MEDIAN = 1_000;

/**
 * The weights of gRFC A58: calls per second by utilisation, which errors make worse. An instance that has been seen for
 * less than the blackout, or whose report has expired, gets the mean of the others; when fewer than two have a weight of
 * their own, all are equal. All weights are positive and within a bounded range of the median.
 */
export function reportedWeights(
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

/** @returns 0 when there is nothing to go by. */
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

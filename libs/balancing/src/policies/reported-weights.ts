import type { BalancedEndpoint } from '../balancer/balanced-endpoint.js';

/** gRFC A58's defaults of `blackoutPeriod`, `weightExpirationPeriod` and `errorUtilizationPenalty`. */
const BLACKOUT_MS = 10_000;
const EXPIRATION_MS = 180_000;
const ERROR_PENALTY = 1;

/**
 * The weights of gRFC A58: calls per second by utilisation, which errors make worse. An instance that has been seen for
 * less than 10 s, or has not reported for 3 minutes, gets the mean of the others; when fewer than two have a weight of
 * their own, all are equal.
 */
export function reportedWeights(endpoints: readonly BalancedEndpoint[], now: number): number[] {
  const weights = endpoints.map((endpoint) => weightOf(endpoint, now));
  const known = weights.filter((weight) => weight > 0);
  if (known.length < 2) return weights.map(() => 1);
  const mean = known.reduce((sum, weight) => sum + weight) / known.length;
  return weights.map((weight) => weight || mean);
}

/** @returns 0 when there is nothing to go by. */
function weightOf({ load }: BalancedEndpoint, now: number): number {
  if (!load.report || now - load.firstSeenAt < BLACKOUT_MS) return 0;
  const { value, at } = load.report;
  if (now - at >= EXPIRATION_MS || value.callsPerSecond <= 0 || value.utilization <= 0) return 0;
  const penalty = (value.errorsPerSecond / value.callsPerSecond) * ERROR_PENALTY;
  return value.callsPerSecond / (value.utilization + penalty);
}

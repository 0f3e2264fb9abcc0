import type { PolicyConfig } from '../channel/policy-config.js';
import { durationMsForm, isDurationMs } from './duration.js';
import { InvalidPolicyError, show } from './invalid-policy-error.js';
import { OUTLIER_DETECTION_SETTINGS, toGrpcJs } from './outlier-detection-settings.js';
import { policyConfig } from './policy-config.js';
import type { PolicyType } from './policy.js';

export interface OutlierDetectionOptions {
  /** Time between two looks at all instances, in milliseconds. @default 10_000 */
  readonly intervalMs?: number;
  /** How long an instance is left out the first time; each further time adds as much. @default 30_000 */
  readonly baseEjectionTimeMs?: number;
  /** The longest time, whatever the number of times. @default 300_000 */
  readonly maxEjectionTimeMs?: number;
  /** The largest share of instances that is left out at a time, in percent. @default 10 */
  readonly maxEjectionPercent?: number;
  /** Leaves out instances whose rate of success is far below the mean. @default off */
  readonly successRate?: {
    /** How many thousandths of the standard deviation is far. @default 1900 */
    readonly stdevFactor?: number;
    /** Chance that an outlier is left out, in percent. @default 100 */
    readonly enforcementPercentage?: number;
    /** Instances with enough calls that are needed to judge. @default 5 */
    readonly minimumHosts?: number;
    /** Calls in an interval that are enough. @default 100 */
    readonly requestVolume?: number;
  };
  /** Leaves out instances of whose calls more than a share fails. @default on, with these defaults, when successRate is off */
  readonly failurePercentage?: {
    /** The share, in percent. @default 85 */
    readonly threshold?: number;
    /** Chance that an outlier is left out, in percent. @default 100 */
    readonly enforcementPercentage?: number;
    /** Instances with enough calls that are needed to judge. @default 5 */
    readonly minimumHosts?: number;
    /** Calls in an interval that are enough. @default 50 */
    readonly requestVolume?: number;
  };
}

/**
 * Instances whose calls fail while others' succeed are left out for a time: grpc-js's own outlier detection (gRFC A50),
 * around any policy of a channel. Not for the policy of a method: it judges instances by the calls of all methods.
 */
export function outlierDetection(
  policy: PolicyConfig,
  options: OutlierDetectionOptions = {},
): PolicyConfig {
  const { intervalMs, baseEjectionTimeMs, maxEjectionTimeMs, successRate, ...rest } = options;
  const { failurePercentage = successRate ? undefined : {}, ...others } = rest;
  return policyConfig(outlierDetectionPolicy, {
    ...others,
    interval: seconds('intervalMs', intervalMs),
    baseEjectionTime: seconds('baseEjectionTimeMs', baseEjectionTimeMs),
    maxEjectionTime: seconds('maxEjectionTimeMs', maxEjectionTimeMs),
    successRateEjection: successRate,
    failurePercentageEjection: failurePercentage,
    childPolicy: [policy],
  });
}

export const outlierDetectionPolicy: PolicyType = {
  name: 'outlier_detection',
  parse(settings) {
    // Its numbers are checked by grpc-js.
    toGrpcJs(settings.policy, settings.rest(OUTLIER_DETECTION_SETTINGS));
    return settings.child();
  },
};

/** A duration in the JSON form of protobuf. */
function seconds(option: string, ms: number | undefined): string | undefined {
  if (ms === undefined) return undefined;
  if (isDurationMs(ms)) return `${ms / 1000}s`;
  const { name } = outlierDetectionPolicy;
  const remedy = 'Leave it out for the default.';
  throw new InvalidPolicyError(name, option, durationMsForm(), show(ms), remedy);
}

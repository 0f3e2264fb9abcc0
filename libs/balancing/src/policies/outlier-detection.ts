import type { PolicyConfig } from '../channel/policy-config.js';
import { parseDuration } from '../grpc/experimental.js';
import { InvalidPolicyError, show } from './invalid-policy-error.js';
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
  const { intervalMs, baseEjectionTimeMs, maxEjectionTimeMs, maxEjectionPercent } = options;
  const { successRate, failurePercentage = successRate ? undefined : {} } = options;
  return policyConfig(outlierDetectionPolicy, {
    interval: seconds(intervalMs),
    baseEjectionTime: seconds(baseEjectionTimeMs),
    maxEjectionTime: seconds(maxEjectionTimeMs),
    maxEjectionPercent,
    successRateEjection: successRate,
    failurePercentageEjection: failurePercentage,
    childPolicy: [policy],
  });
}

/** Under these names grpc-js reads settings that gRPC's service config has in camel case. */
const GRPC_JS_NAMES: Readonly<Record<string, string>> = {
  interval: 'interval',
  baseEjectionTime: 'base_ejection_time',
  maxEjectionTime: 'max_ejection_time',
  maxEjectionPercent: 'max_ejection_percent',
  successRateEjection: 'success_rate_ejection',
  failurePercentageEjection: 'failure_percentage_ejection',
  childPolicy: 'child_policy',
  stdevFactor: 'stdev_factor',
  enforcementPercentage: 'enforcement_percentage',
  minimumHosts: 'minimum_hosts',
  requestVolume: 'request_volume',
  threshold: 'threshold',
};

export const outlierDetectionPolicy: PolicyType = {
  name: 'outlier_detection',
  parse(settings) {
    // Its numbers are checked by grpc-js.
    toGrpcJs(settings.policy, settings.rest(Object.keys(GRPC_JS_NAMES)));
    return settings.child();
  },
};

/**
 * Settings as grpc-js reads them: names in snake case, durations as objects.
 * @throws InvalidPolicyError for a name that neither gRPC nor grpc-js knows, or a value of the wrong kind.
 */
export function toGrpcJs(subject: string, settings: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]: [string, unknown]) => {
      const known = GRPC_JS_NAMES[name] ?? name;
      if (!Object.values(GRPC_JS_NAMES).includes(known)) {
        const expected = `one of ${Object.keys(GRPC_JS_NAMES).join(', ')}`;
        throw new InvalidPolicyError(subject, 'each option', expected, name, 'Check its spelling.');
      }
      return [known, toGrpcJsValue(`${subject}.${name}`, known, value)];
    }),
  );
}

function toGrpcJsValue(subject: string, name: string, value: unknown): unknown {
  if (name === 'child_policy') return value;
  if (name === 'interval' || name.endsWith('_time')) {
    const duration = typeof value === 'string' ? parseDuration(value) : value;
    if (typeof duration === 'object' && duration !== null) return duration;
    const remedy = 'Write seconds, as in "10s".';
    throw new InvalidPolicyError(subject, 'it', 'a duration above 0', show(value), remedy);
  }
  if (name.endsWith('_ejection')) {
    if (typeof value === 'object' && value !== null) return toGrpcJs(subject, value);
    throw new InvalidPolicyError(subject, 'it', 'an object', show(value), 'Use {} for defaults.');
  }
  const max =
    name === 'stdev_factor' || name === 'request_volume' || name === 'minimum_hosts' ? 1e9 : 100;
  if (typeof value === 'number' && value >= 0 && value <= max) return value;
  throw new InvalidPolicyError(
    subject,
    'it',
    `a number from 0 to ${max}`,
    show(value),
    'Leave it out for the default.',
  );
}

/** A duration in the JSON form of protobuf. */
function seconds(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : `${ms / 1000}s`;
}

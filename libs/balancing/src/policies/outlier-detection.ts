import { parseDuration } from '../grpc/experimental.js';
import { DURATION_FORM, durationMsForm, isDurationMs, parseDurationOrPartsMs } from './duration.js';
import { InvalidPolicyError, show } from './invalid-policy-error.js';
import { policyConfig, type PolicyType } from './policy-config.js';
import type { PolicyConfig } from './policy.js';

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

/** By their names in gRPC's service config, in camel case: the names under which grpc-js reads them. */
type Names = Readonly<Record<string, string>>;

const EJECTION: Names = {
  enforcementPercentage: 'enforcement_percentage',
  minimumHosts: 'minimum_hosts',
  requestVolume: 'request_volume',
};
const EJECTIONS: Readonly<Record<string, Names>> = {
  success_rate_ejection: { stdevFactor: 'stdev_factor', ...EJECTION },
  failure_percentage_ejection: { threshold: 'threshold', ...EJECTION },
};
const TOP: Names = {
  interval: 'interval',
  baseEjectionTime: 'base_ejection_time',
  maxEjectionTime: 'max_ejection_time',
  maxEjectionPercent: 'max_ejection_percent',
  successRateEjection: 'success_rate_ejection',
  failurePercentageEjection: 'failure_percentage_ejection',
  childPolicy: 'child_policy',
};

export const OUTLIER_DETECTION_SETTINGS = Object.keys(TOP);

/**
 * Settings as grpc-js reads them: names in snake case, durations as objects.
 * @throws InvalidPolicyError for a name that neither gRPC nor grpc-js knows, or a value of the wrong kind.
 */
export function toGrpcJs(
  subject: string,
  settings: object,
  names: Names = TOP,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]: [string, unknown]) => {
      const known = names[name] ?? name;
      if (!Object.values(names).includes(known)) {
        const expected = `one of ${Object.keys(names).join(', ')}`;
        throw new InvalidPolicyError(subject, 'each option', expected, name, 'Check its spelling.');
      }
      return [known, toGrpcJsValue(`${subject}.${name}`, known, value)];
    }),
  );
}

function toGrpcJsValue(subject: string, name: string, value: unknown): unknown {
  if (name === 'child_policy') return value;
  if (name === 'interval' || name.endsWith('_time')) {
    const isDuration = parseDurationOrPartsMs(value) !== undefined;
    if (isDuration) return typeof value === 'string' ? parseDuration(value) : value;
    const remedy = 'Write seconds, as in "10s".';
    throw new InvalidPolicyError(subject, 'it', DURATION_FORM, show(value), remedy);
  }
  const ejection = EJECTIONS[name];
  if (ejection) {
    if (typeof value === 'object' && value !== null) return toGrpcJs(subject, value, ejection);
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

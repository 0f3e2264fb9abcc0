import { parseDuration } from '../grpc/experimental.js';
import { DURATION_FORM, durationMsForm, isDurationMs, parseDurationOrPartsMs } from './duration.js';
import { InvalidPolicyError, show } from './invalid-policy-error.js';
import { policyConfig, type PolicyType } from './policy-config.js';
import type { PolicyConfig } from './policy.js';

export interface OutlierDetectionOptions {
  /** Time between two evaluations of all instances, in milliseconds. @default 10_000 */
  readonly intervalMs?: number;
  /** Duration of the first ejection of an instance, in milliseconds. Each further ejection adds as much. @default 30_000 */
  readonly baseEjectionTimeMs?: number;
  /** Longest duration of an ejection, in milliseconds. @default 300_000 */
  readonly maxEjectionTimeMs?: number;
  /** Largest share of instances that may be ejected at a time, in percent. @default 10 */
  readonly maxEjectionPercent?: number;
  /** Ejects instances whose success rate is far below the mean. @default off */
  readonly successRate?: {
    /** How far, in thousandths of the standard deviation. @default 1900 */
    readonly stdevFactor?: number;
    /** Probability that an outlier is ejected, in percent. @default 100 */
    readonly enforcementPercentage?: number;
    /** Number of instances with enough calls below which none is ejected. @default 5 */
    readonly minimumHosts?: number;
    /** Number of calls in an interval that is enough. @default 100 */
    readonly requestVolume?: number;
  };
  /** Ejects instances if more than a share of their calls fails. @default on, with these defaults, unless `successRate` is set */
  readonly failurePercentage?: {
    /** The share, in percent. @default 85 */
    readonly threshold?: number;
    /** Probability that an outlier is ejected, in percent. @default 100 */
    readonly enforcementPercentage?: number;
    /** Number of instances with enough calls below which none is ejected. @default 5 */
    readonly minimumHosts?: number;
    /** Number of calls in an interval that is enough. @default 50 */
    readonly requestVolume?: number;
  };
}

/**
 * Instances whose calls fail while those of others succeed are ejected for some time: grpc-js's own outlier detection (gRFC
 * A50), around any policy of a channel. It can't be the policy of a method, because it evaluates the calls of all methods.
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
    // grpc-js validates the numbers.
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

/** Names of settings in gRPC's service config, in camel case, with the names that grpc-js reads. */
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

const OUTLIER_DETECTION_SETTINGS = Object.keys(TOP);

/**
 * Converts settings to the form that grpc-js reads: names in snake case, durations as objects.
 * @throws InvalidPolicyError for an unknown name or a value of the wrong type.
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

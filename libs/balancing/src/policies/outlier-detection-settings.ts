import { parseDuration } from '../grpc/experimental.js';
import { DURATION_FORM, parseDurationOrPartsMs } from './duration.js';
import { InvalidPolicyError, show } from './invalid-policy-error.js';

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

import { status } from '@grpc/grpc-js';
import { DURATION_FORM, parseDurationOrPartsMs } from '../policies/duration.js';
import { InvalidPolicyError, show } from '../policies/invalid-policy-error.js';

/** Validates one value. @returns the expectation if the value does not meet it. */
type Rule = (value: unknown) => string | undefined;
type Rules = Readonly<Record<string, Rule>>;

const SUBJECT = 'the service config';
const LEAVE_OUT = 'Correct it, or leave it out for the default.';
const MAX_BYTES = 2_147_483_647;
const codes = new Set(Object.keys(status).filter((it) => Number.isNaN(Number(it)) && it !== 'OK'));

const duration: Rule = (value) =>
  parseDurationOrPartsMs(value) === undefined ? DURATION_FORM : undefined;
const boolean: Rule = (value) => (typeof value === 'boolean' ? undefined : 'true or false');
const text: Rule = (value) => (typeof value === 'string' ? undefined : 'a string');

function number(min: number, max: number, kind: 'a number' | 'an integer'): Rule {
  return (value) => {
    const isKind = kind === 'a number' ? Number.isFinite(value) : Number.isInteger(value);
    const isWithin = isKind && Number(value) >= min && Number(value) <= max;
    return isWithin ? undefined : `${kind} from ${min} to ${max}`;
  };
}

const statusCodes: Rule = (value) => {
  const isCode = (it: unknown) =>
    typeof it === 'string'
      ? codes.has(it)
      : Number.isInteger(it) && Number(it) >= 1 && Number(it) <= 16;
  const isList = Array.isArray(value) && value.every(isCode);
  return isList ? undefined : 'an array of gRPC status codes other than OK';
};

const RETRY: Rules = {
  maxAttempts: number(2, 100, 'an integer'),
  initialBackoff: duration,
  maxBackoff: duration,
  backoffMultiplier: number(0.001, 1_000, 'a number'),
  retryableStatusCodes: statusCodes,
  perAttemptRecvTimeout: duration,
};
const HEDGING: Rules = {
  maxAttempts: number(2, 100, 'an integer'),
  hedgingDelay: (value) => (value === '0s' ? undefined : duration(value)),
  nonFatalStatusCodes: statusCodes,
};
const NAME: Rules = { service: text, method: text };
const METHOD: Rules = {
  name: (value) => (Array.isArray(value) ? undefined : 'an array'),
  waitForReady: boolean,
  timeout: duration,
  maxRequestBytes: number(0, MAX_BYTES, 'an integer'),
  maxResponseBytes: number(0, MAX_BYTES, 'an integer'),
  maxRequestMessageBytes: number(0, MAX_BYTES, 'an integer'),
  maxResponseMessageBytes: number(0, MAX_BYTES, 'an integer'),
  retryPolicy: object,
  hedgingPolicy: object,
};
const THROTTLING: Rules = {
  maxTokens: number(0.001, 1_000, 'a number'),
  tokenRatio: number(0.001, 1_000, 'a number'),
};
const TOP: Rules = {
  loadBalancingPolicy: text,
  loadBalancingConfig: (value) => (Array.isArray(value) ? undefined : 'an array'),
  methodConfig: (value) => (Array.isArray(value) ? undefined : 'an array'),
  retryThrottling: object,
  healthCheckConfig: object,
};

/**
 * Validates a service config in gRPC's JSON form, except for its policies. Values refused here would otherwise crash a client at
 * its first call, or be ignored silently.
 * @throws InvalidPolicyError that names the member.
 */
export function assertServiceConfigRules(config: unknown): void {
  const top = checked(SUBJECT, config, TOP);
  listOf(top.methodConfig).forEach((each, i) =>
    assertMethod(`${SUBJECT}.methodConfig[${i}]`, each),
  );
  if (present(top.retryThrottling))
    checked(`${SUBJECT}.retryThrottling`, top.retryThrottling, THROTTLING);
}

function assertMethod(subject: string, config: unknown): void {
  const method = checked(subject, config, METHOD);
  listOf(method.name).forEach((each, i) => checked(`${subject}.name[${i}]`, each, NAME));
  if (present(method.retryPolicy)) checked(`${subject}.retryPolicy`, method.retryPolicy, RETRY);
  if (present(method.hedgingPolicy))
    checked(`${subject}.hedgingPolicy`, method.hedgingPolicy, HEDGING);
}

/** The object, after each of its members has passed its rule. `null` counts as missing, as in proto3's JSON. */
function checked(subject: string, value: unknown, rules: Rules): Readonly<Record<string, unknown>> {
  const wrong = object(value);
  if (wrong) throw new InvalidPolicyError(subject, 'it', wrong, show(value), LEAVE_OUT);
  const members = value as Readonly<Record<string, unknown>>;
  for (const [name, member] of Object.entries(members)) {
    if (!Object.hasOwn(rules, name)) {
      const expected = `one of ${Object.keys(rules).join(', ')}`;
      throw new InvalidPolicyError(
        subject,
        'each member',
        expected,
        show(name),
        'Check its spelling.',
      );
    }
    const expected = present(member) ? rules[name]?.(member) : undefined;
    if (expected) throw new InvalidPolicyError(subject, name, expected, show(member), LEAVE_OUT);
  }
  return members;
}

function object(value: unknown): string | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? undefined : 'an object';
}

function present(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

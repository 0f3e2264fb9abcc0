import {
  RETRY_CODES,
  type RetryCode,
  type ViewMethod,
  type ViewOutlierDetection,
  type ViewPolicy,
  type ViewRetry,
} from '@grpc-discovery/xds';

/** A published gRPC service config, which may hold anything. */
export type PublishedConfig = Readonly<Record<string, unknown>>;

const GRPC_SERVICE = /^[A-Za-z_][\w.]{0,250}$/;
const RPC = /^\w{1,250}$/;

type Json = Readonly<Record<string, unknown>>;

/** The part of a service view that a published config sets. */
export interface ConfiguredView {
  readonly policy?: ViewPolicy;
  readonly outlierDetection?: ViewOutlierDetection;
  readonly methods?: readonly ViewMethod[];
}

/** What xDS clients can apply of a published config. The rest, such as policies of this package only, is left out. */
export function configuredView(config: PublishedConfig = {}): ConfiguredView {
  const policies = entriesOf(config.loadBalancingConfig);
  const wrapper = policies.find(([kind]) => kind === 'outlier_detection')?.[1];
  const policy = policyOf(wrapper ? entriesOf(wrapper.childPolicy) : policies);
  const outlierDetection = wrapper && outlierDetectionOf(wrapper);
  const methods = list(config.methodConfig).flatMap((each) => methodsOf(object(each)));
  return {
    ...(policy && { policy }),
    ...(outlierDetection && { outlierDetection }),
    ...(methods.length > 0 && { methods }),
  };
}

/** The first policy that xDS clients have. They balance in turn with any other. */
function policyOf(policies: readonly (readonly [string, Json])[]): ViewPolicy | undefined {
  for (const [kind, { choiceCount }] of policies) {
    if (kind === 'round_robin' || kind === 'weighted_round_robin') return { kind: 'round_robin' };
    if (kind !== 'least_request') continue;
    return isInteger(choiceCount, 2, 100) ? { kind, choiceCount } : { kind };
  }
  return undefined;
}

/** Undefined if instances are not ejected by failure percentage, the only way that is mapped. */
function outlierDetectionOf(given: Json): ViewOutlierDetection | undefined {
  if (given.failurePercentageEjection === undefined) return undefined;
  const { threshold, minimumHosts, requestVolume } = object(given.failurePercentageEjection);
  return {
    intervalMs: durationMs(given.interval) ?? 10_000,
    baseEjectionTimeMs: durationMs(given.baseEjectionTime) ?? 30_000,
    maxEjectionPercent: isInteger(given.maxEjectionPercent, 0, 100) ? given.maxEjectionPercent : 10,
    failurePercentage: isInteger(threshold, 0, 100) ? threshold : 85,
    ...(isInteger(minimumHosts, 0, 1_000_000) && { minimumHosts }),
    ...(isInteger(requestVolume, 0, 1_000_000) && { requestVolume }),
  };
}

function methodsOf({ name, timeout, retryPolicy }: Json): ViewMethod[] {
  const timeoutMs = durationMs(timeout);
  const retry = retryOf(object(retryPolicy));
  if (timeoutMs === undefined && !retry) return [];
  const settings = { ...(timeoutMs !== undefined && { timeoutMs }), ...(retry && { retry }) };
  return list(name).flatMap((each) => {
    const { service = '', method = '' } = object(each);
    if (service === '' && method === '') return [settings];
    if (!isName(service, GRPC_SERVICE) || (method !== '' && !isName(method, RPC))) return [];
    return [{ grpcService: service, ...(method !== '' && { method }), ...settings }];
  });
}

function retryOf(given: Json): ViewRetry | undefined {
  const { maxAttempts, retryableStatusCodes } = given;
  const codes = list(retryableStatusCodes)
    .map((code) => String(code).toLowerCase().replaceAll('_', '-'))
    .filter((code): code is RetryCode => RETRY_CODES.some((known) => known === code));
  if (!isInteger(maxAttempts, 2, Number.MAX_SAFE_INTEGER) || codes.length === 0) return undefined;
  const initialBackoffMs = durationMs(given.initialBackoff);
  const maxBackoffMs = durationMs(given.maxBackoff);
  return {
    // gRPC treats more than 5 attempts as 5.
    attempts: Math.min(maxAttempts, 5),
    codes,
    ...(initialBackoffMs !== undefined && { initialBackoffMs }),
    ...(maxBackoffMs !== undefined && { maxBackoffMs }),
  };
}

/** The entries of a list such as `[{ "round_robin": {} }]`. */
function entriesOf(value: unknown): (readonly [string, Json])[] {
  return list(value).flatMap((entry) => {
    const [first] = Object.entries(object(entry));
    return first ? [[first[0], object(first[1])] as const] : [];
  });
}

/** A duration in JSON, such as "1.5s" or `{ "seconds": 1 }`, from 1 ms to a day; undefined for anything else. */
function durationMs(value: unknown): number | undefined {
  const { seconds = 0, nanos = 0 } = object(value);
  const text = typeof value === 'string' ? /^(\d+(?:\.\d+)?)s$/.exec(value)?.[1] : undefined;
  const found =
    text === undefined ? Number(seconds) * 1_000 + Number(nanos) / 1e6 : Number(text) * 1_000;
  const rounded = Math.ceil(found);
  return isInteger(rounded, 1, 86_400_000) ? rounded : undefined;
}

function isInteger(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
}

function isName(value: unknown, form: RegExp): value is string {
  return typeof value === 'string' && form.test(value);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Json)
    : {};
}

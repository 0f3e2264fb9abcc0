import { compressionAlgorithms, status } from '@grpc/grpc-js';
import { MAX_DURATION_MS } from '../policies/duration.js';
import { InvalidPolicyError, show } from '../policies/invalid-policy-error.js';
import { parsePolicy } from '../policies/policies.js';
import type { PolicyConfig } from '../policies/policy.js';
import { SettingsReader } from '../policies/settings-reader.js';

/** Name of a gRPC status: `UNAVAILABLE`. */
export type StatusName = Exclude<keyof typeof status, 'OK'>;

/** Retries failed calls, one attempt after the other, until the first message of the response arrives. */
export interface RetryOptions {
  /** Number of attempts, including the first. 2 to 5. */
  readonly attempts: number;
  /** The statuses after which a call is retried. @default ['UNAVAILABLE'] */
  readonly codes?: readonly StatusName[];
  /** Mean wait before the second attempt, in milliseconds. The actual wait is random. @default 50 */
  readonly initialBackoffMs?: number;
  /** Longest mean wait, in milliseconds. @default 1_000 */
  readonly maxBackoffMs?: number;
  /** Factor by which each mean wait is longer than the one before. @default 2 */
  readonly backoffMultiplier?: number;
}

/** Makes several attempts at a call without waiting for the first to fail, and uses the first response. For idempotent methods only. */
export interface HedgingOptions {
  /** Largest number of attempts, including the first. 2 to 5. */
  readonly attempts: number;
  /** Wait between two attempts, in milliseconds. 0 starts all at once. @default 0 */
  readonly delayMs?: number;
  /** The statuses after which other attempts continue. Any other status ends the call. @default ['UNAVAILABLE'] */
  readonly nonFatalCodes?: readonly StatusName[];
}

/**
 * Bounds the retries and hedges of a channel when many calls fail (gRFC A6): a failed attempt costs a token, a successful call
 * returns a part of one, and while half of the tokens or more are spent there are no further attempts. grpc-js keeps one budget
 * per target for the whole process.
 */
export interface RetryBudget {
  /** Above 0, at most 1000. */
  readonly maxTokens: number;
  /** Above 0. */
  readonly tokenRatio: number;
}

/** Settings for calls of a method, or of all methods of an rpc service. */
export interface MethodOptions {
  /** @default the policy of the channel */
  readonly policy?: PolicyConfig;
  /** Timeout of a call, in milliseconds. @default none */
  readonly timeoutMs?: number;
  /** Whether calls wait for a ready instance instead of failing at once. @default false */
  readonly waitForReady?: boolean;
  /** @default none, except that grpc-js transparently retries calls that no server has seen */
  readonly retry?: RetryOptions;
  /** Can't be combined with `retry`. @default none */
  readonly hedging?: HedgingOptions;
  /**
   * Compression of requests. All methods of a channel that compress use the same algorithm.
   * @default the channel option `grpc.default_compression_algorithm`, whose default is no compression
   */
  readonly compression?: 'identity' | 'gzip' | 'deflate';
}

/** By path of an rpc, `/helloworld.Greeter/SayHello`, or of an rpc service, `/helloworld.Greeter`. */
export type MethodOptionsByPath = Readonly<Record<string, MethodOptions>>;

const PATH = /^\/[A-Za-z_][\w.]*(\/[A-Za-z_]\w*)?$/;
const names = new Set(Object.keys(status).filter((it) => Number.isNaN(Number(it)) && it !== 'OK'));

/** @throws InvalidPolicyError that names the path and the option. */
export function assertMethodOptions(methods: MethodOptionsByPath): void {
  for (const [path, options] of Object.entries(methods)) {
    if (!PATH.test(path)) {
      const expected = 'the path of an rpc or of an rpc service';
      const remedy = 'Write /package.Service/Method or /package.Service.';
      throw new InvalidPolicyError('methods', 'a key', expected, show(path), remedy);
    }
    assertOptions(reader(`methods["${path}"]`, options));
  }
}

/** Validates by gRFC A6. @throws InvalidPolicyError */
export function assertRetryBudget(budget: RetryBudget): void {
  const options = reader('retryBudget', budget);
  const remedy = 'Use { maxTokens: 100, tokenRatio: 0.1 }.';
  for (const option of ['maxTokens', 'tokenRatio']) {
    const value = options.number(option, { min: 0.001, max: 1_000, remedy });
    if (value === undefined) throw options.invalid(option, 'given', value, remedy);
  }
  options.refuseUnknown();
}

function assertOptions(options: SettingsReader): void {
  const policy = options.value('policy');
  if (policy !== undefined) parsePolicy([policy as never]);
  milliseconds(options, 'timeoutMs', 1);
  options.boolean('waitForReady', 'Leave it out for false.');
  options.oneOf('compression', ['identity', 'gzip', 'deflate']);
  const retry = options.value('retry');
  const hedging = options.value('hedging');
  if (retry !== undefined) assertRetry(reader(`${options.policy}.retry`, retry));
  if (hedging !== undefined) assertHedging(reader(`${options.policy}.hedging`, hedging));
  if (retry !== undefined && hedging !== undefined) {
    throw options.invalid('hedging', 'absent beside retry', hedging, 'Choose one of the two.');
  }
  options.refuseUnknown();
}

function assertRetry(retry: SettingsReader): void {
  assertAttempts(retry);
  assertCodes(retry, 'codes');
  milliseconds(retry, 'initialBackoffMs', 1);
  milliseconds(retry, 'maxBackoffMs', 1);
  retry.number('backoffMultiplier', { min: 0.1, max: 100, remedy: 'Use 2.' });
  retry.refuseUnknown();
}

function assertHedging(hedging: SettingsReader): void {
  assertAttempts(hedging);
  assertCodes(hedging, 'nonFatalCodes');
  milliseconds(hedging, 'delayMs', 0);
  hedging.refuseUnknown();
}

/** grpc-js silently limits attempts to 5. */
function assertAttempts(options: SettingsReader): void {
  const remedy = 'It includes the first attempt.';
  if (options.integer('attempts', { min: 2, max: 5, remedy }) === undefined) {
    throw options.invalid('attempts', 'an integer from 2 to 5', undefined, remedy);
  }
}

function assertCodes(options: SettingsReader, option: string): void {
  const codes = options.value(option) as readonly string[] | undefined;
  if (codes === undefined) return;
  const isList = Array.isArray(codes) && codes.length > 0;
  const wrong: unknown = isList ? (codes as string[]).find((it) => !names.has(it)) : codes;
  if (!isList || wrong !== undefined) {
    const expected = 'an array of names of gRPC statuses other than OK';
    throw options.invalid(option, expected, wrong, "Write them as in ['UNAVAILABLE'].");
  }
}

function milliseconds(options: SettingsReader, option: string, min: number): void {
  options.number(option, { min, max: MAX_DURATION_MS, remedy: 'It is a time in milliseconds.' });
}

function reader(subject: string, options: unknown): SettingsReader {
  return new SettingsReader(subject, options, parsePolicy);
}

/**
 * The algorithm with which methods compress their requests: grpc-js supports one per channel.
 * @returns undefined if no method compresses.
 * @throws InvalidPolicyError if methods use different ones.
 */
export function compressionOf(methods: MethodOptionsByPath): 'gzip' | 'deflate' | undefined {
  const wanted = new Set(
    Object.values(methods).flatMap(({ compression = 'identity' }) =>
      compression === 'identity' ? [] : [compression],
    ),
  );
  const [algorithm] = wanted;
  if (wanted.size <= 1) return algorithm;
  const remedy = 'Choose one of them: a channel of grpc-js has one algorithm.';
  const given = [...wanted].join(' and ');
  throw new InvalidPolicyError('methods', 'compression', 'the same for all', given, remedy);
}

/** The channel option that makes grpc-js compress. */
export function compressionOption(methods: MethodOptionsByPath): Record<string, number> {
  const algorithm = compressionOf(methods);
  if (!algorithm) return {};
  return { 'grpc.default_compression_algorithm': compressionAlgorithms[algorithm] };
}

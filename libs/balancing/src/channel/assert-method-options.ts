import { status } from '@grpc/grpc-js';
import { MAX_DURATION_MS } from '../policies/duration.js';
import { InvalidPolicyError, show } from '../policies/invalid-policy-error.js';
import { parsePolicy } from '../policies/policies.js';
import { SettingsReader } from '../policies/settings-reader.js';
import type { MethodOptionsByPath, RetryBudget } from './method-options.js';

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

/** By gRFC A6. @throws InvalidPolicyError */
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

/** 5 is the limit that grpc-js sets without a word. */
function assertAttempts(options: SettingsReader): void {
  const remedy = 'It counts the first attempt, too.';
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

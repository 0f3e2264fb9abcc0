import { status } from '@grpc/grpc-js';
import type { MethodConfig } from '../grpc/experimental.js';
import type {
  HedgingOptions,
  MethodOptions,
  MethodOptionsByPath,
  RetryOptions,
} from './method-options.js';

type RetryPolicy = NonNullable<MethodConfig['retryPolicy']>;
type HedgingPolicy = NonNullable<MethodConfig['hedgingPolicy']>;

/** The options of an rpc. Each of its own fields overrides that of its rpc service. */
export function methodOptions(methods: MethodOptionsByPath, path: string): MethodOptions {
  const [, service = ''] = path.split('/');
  const ofService = methods[`/${service}`];
  const ofMethod = methods[path];
  if (!ofMethod || !ofService) return ofMethod ?? ofService ?? {};
  const { retry, hedging, ...rest } = ofService;
  // The two exclude each other: the more specific choice wins.
  const isChosen = ofMethod.retry !== undefined || ofMethod.hedging !== undefined;
  return { ...rest, ...(isChosen ? {} : { retry, hedging }), ...definedOf(ofMethod) };
}

/** A method config of the service config, overridden by options. */
export function withOptions(config: MethodConfig, options: MethodOptions): MethodConfig {
  const { timeoutMs, waitForReady, retry, hedging } = options;
  const { retryPolicy, hedgingPolicy, ...rest } = config;
  const attempts: Pick<MethodConfig, 'retryPolicy' | 'hedgingPolicy'> = {};
  if (retry) attempts.retryPolicy = toRetryPolicy(retry);
  else if (hedging) attempts.hedgingPolicy = toHedgingPolicy(hedging);
  else if (retryPolicy) attempts.retryPolicy = retryPolicy;
  else if (hedgingPolicy) attempts.hedgingPolicy = hedgingPolicy;
  return {
    ...rest,
    ...attempts,
    ...(timeoutMs !== undefined && { timeout: toDuration(timeoutMs) }),
    ...(waitForReady !== undefined && { waitForReady }),
  };
}

export function withoutTimeout({ timeout, ...config }: MethodConfig): MethodConfig {
  void timeout;
  return config;
}

function toRetryPolicy(retry: RetryOptions): RetryPolicy {
  const { initialBackoffMs = 50, maxBackoffMs = 1_000, backoffMultiplier = 2 } = retry;
  return {
    maxAttempts: retry.attempts,
    initialBackoff: toSeconds(initialBackoffMs),
    maxBackoff: toSeconds(maxBackoffMs),
    backoffMultiplier,
    retryableStatusCodes: [...(retry.codes ?? [status[status.UNAVAILABLE]])],
  };
}

function toHedgingPolicy(hedging: HedgingOptions): HedgingPolicy {
  return {
    maxAttempts: hedging.attempts,
    hedgingDelay: toSeconds(hedging.delayMs ?? 0),
    nonFatalStatusCodes: [...(hedging.nonFatalCodes ?? [status[status.UNAVAILABLE]])],
  };
}

function toSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(6)}s`;
}

function toDuration(ms: number): { seconds: number; nanos: number } {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1_000_000) };
}

function definedOf(options: MethodOptions): MethodOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

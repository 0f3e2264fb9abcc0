import type { status } from '@grpc/grpc-js';
import type { PolicyConfig } from './policy-config.js';

/** Name of a gRPC status: `UNAVAILABLE`. */
export type StatusName = Exclude<keyof typeof status, 'OK'>;

/** Failed calls are made again, one after the other, as long as no message of the reply has come. */
export interface RetryOptions {
  /** How often a call is made, the first time included. 2 to 5. */
  readonly attempts: number;
  /** Statuses after which it is made again, and no others. @default ['UNAVAILABLE'] */
  readonly codes?: readonly StatusName[];
  /** Mean wait before the second attempt, in milliseconds; the real one is drawn around it. @default 50 */
  readonly initialBackoffMs?: number;
  /** Longest mean wait, in milliseconds. @default 1_000 */
  readonly maxBackoffMs?: number;
  /** By which each wait is longer than the one before. @default 2 */
  readonly backoffMultiplier?: number;
}

/** A call is made several times, without waiting for the first to fail; the first reply counts. Only for idempotent methods. */
export interface HedgingOptions {
  /** How often a call is made at most, the first time included. 2 to 5. */
  readonly attempts: number;
  /** Wait between two attempts, in milliseconds. 0 makes all at once. @default 0 */
  readonly delayMs?: number;
  /** Statuses after which other attempts go on; each other one ends the call. @default ['UNAVAILABLE'] */
  readonly nonFatalCodes?: readonly StatusName[];
}

/**
 * Bounds retries and hedges of a channel when many calls fail (gRFC A6): a failed attempt costs a token, a call that
 * succeeds gives back a part of one, and with half of the tokens gone there are no further attempts. grpc-js keeps one
 * budget per target for the whole process.
 */
export interface RetryBudget {
  /** Above 0, at most 1000. */
  readonly maxTokens: number;
  /** Above 0. */
  readonly tokenRatio: number;
}

/** How calls of a method, or of all methods of an rpc service, are made. */
export interface MethodOptions {
  /** @default the policy of the channel */
  readonly policy?: PolicyConfig;
  /** Time that a call may take, in milliseconds. @default none */
  readonly timeoutMs?: number;
  /** Whether calls wait for an instance to be ready instead of failing at once. @default false */
  readonly waitForReady?: boolean;
  /** @default none, but for calls that no server has seen, which grpc-js makes again by itself */
  readonly retry?: RetryOptions;
  /** Not together with `retry`. @default none */
  readonly hedging?: HedgingOptions;
  /**
   * How requests are compressed. All methods of a channel that compress do it in the same way.
   * @default as `grpc.default_compression_algorithm` says: not at all
   */
  readonly compression?: 'identity' | 'gzip' | 'deflate';
}

/** By path of an rpc, `/helloworld.Greeter/SayHello`, or of an rpc service, `/helloworld.Greeter`. */
export type MethodOptionsByPath = Readonly<Record<string, MethodOptions>>;

import type { Metadata } from '@grpc/grpc-js';

/** Options of one call. They override those of `@Call` and `@BalancedClient`. */
export interface CallOptions {
  /**
   * Time the call may take, in milliseconds, from now to the last message. It may be longer than that of the method.
   * @default none
   */
  readonly timeoutMs?: number;
  /**
   * Whether the call waits for an instance to be ready (until its timeout) instead of failing at once with UNAVAILABLE.
   * @default false
   */
  readonly waitForReady?: boolean;
  /** The key by which `consistentHash` chooses the instance. @default what `hashKey` of `@Call` computes */
  readonly hashKey?: string;
  /** Sent with the call; not changed. */
  readonly metadata?: Metadata;
  /** Cancels the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** One request, one reply. Rejects with the `ServiceError` of grpc-js. */
export type UnaryCall<Request, Reply> = (request: Request, options?: CallOptions) => Promise<Reply>;

/** One request, many replies. The call starts with the iteration; leaving the loop cancels it. */
export type ServerStreamingCall<Request, Reply> = (
  request: Request,
  options?: CallOptions,
) => AsyncIterable<Reply>;

/** Many requests, one reply. Requests are taken as fast as the server reads them. */
export type ClientStreamingCall<Request, Reply> = (
  requests: AsyncIterable<Request> | Iterable<Request>,
  options?: CallOptions,
) => Promise<Reply>;

/** Many requests, many replies. The call starts with the iteration; leaving the loop cancels it. */
export type BidiStreamingCall<Request, Reply> = (
  requests: AsyncIterable<Request> | Iterable<Request>,
  options?: CallOptions,
) => AsyncIterable<Reply>;

import { Readable } from 'node:stream';
import {
  Metadata,
  type CallOptions as GrpcCallOptions,
  type Client,
  type MethodDefinition,
} from '@grpc/grpc-js';
import { withCallValues, type CallQuestion } from '@grpc-discovery/balancing';
import { checkCallOptions, checkHashKey, checkRequests } from './call-checks.js';
import { addCallSite, withoutStackTraces } from './call.decorator.js';
import type { CallOptions } from './call-types.js';

export type RpcMethod = MethodDefinition<unknown, unknown>;
/** Defaults of a method: what `@Call` and `@BalancedClient` set. */
export interface CallDefaults extends Pick<CallOptions, 'timeoutMs' | 'waitForReady'> {
  readonly hashKey?: ((request: never) => string) | undefined;
}
export type RpcCall = (argument: never, options?: CallOptions) => unknown;

/** A function that makes calls of one method, of the shape that its kind of rpc has in `call-types.ts`. */
export function rpcCall(client: Client, method: RpcMethod, defaults: CallDefaults): RpcCall {
  if (method.requestStream) {
    return method.responseStream
      ? bidiStreamingCall(client, method, defaults)
      : clientStreamingCall(client, method, defaults);
  }
  return method.responseStream
    ? serverStreamingCall(client, method, defaults)
    : unaryCall(client, method, defaults);
}

type Requests = AsyncIterable<unknown> | Iterable<unknown>;
/** The part of a grpc-js call that all four kinds have. */
interface Cancellable {
  cancel(): void;
}

function unaryCall(client: Client, method: RpcMethod, defaults: CallDefaults) {
  return async (request: unknown, options?: CallOptions): Promise<unknown> => {
    try {
      return await startUnaryCall(client, method, defaults, request, options);
    } catch (error) {
      // The reason of a signal belongs to the caller, and may be that of many calls.
      throw options?.signal?.aborted ? error : addCallSite(error);
    }
  };
}

function startUnaryCall(
  client: Client,
  method: RpcMethod,
  defaults: CallDefaults,
  request: unknown,
  options: CallOptions | undefined,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    checkCallOptions(method.path, options);
    const settle = settler(resolve, reject, options?.signal);
    const metadata = callMetadata(method, defaults, options, request);
    const call = withoutStackTraces(() =>
      client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        metadata,
        grpcOptions(defaults, options),
        settle,
      ),
    );
    settle.cancels(call);
  });
}

function clientStreamingCall(client: Client, method: RpcMethod, defaults: CallDefaults) {
  return (requests: Requests, options?: CallOptions): Promise<unknown> =>
    new Promise((resolve, reject) => {
      checkRequests(method.path, requests);
      checkCallOptions(method.path, options);
      const settle = settler(resolve, reject, options?.signal);
      const call = client.makeClientStreamRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        callMetadata(method, defaults, options),
        grpcOptions(defaults, options),
        (error, reply) => {
          source.destroy();
          settle(error, reply);
        },
      );
      const source = send(requests, call, reject);
      settle.cancels(call);
    });
}

function serverStreamingCall(client: Client, method: RpcMethod, defaults: CallDefaults) {
  return async function* (request: unknown, options?: CallOptions): AsyncGenerator<unknown> {
    checkCallOptions(method.path, options);
    options?.signal?.throwIfAborted();
    const call = client.makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      callMetadata(method, defaults, options, request),
      grpcOptions(defaults, options),
    );
    yield* replies(call, options?.signal);
  };
}

function bidiStreamingCall(client: Client, method: RpcMethod, defaults: CallDefaults) {
  return async function* (requests: Requests, options?: CallOptions): AsyncGenerator<unknown> {
    checkRequests(method.path, requests);
    checkCallOptions(method.path, options);
    options?.signal?.throwIfAborted();
    const call = client.makeBidiStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      callMetadata(method, defaults, options),
      grpcOptions(defaults, options),
    );
    let failure: unknown;
    const source = send(requests, call, (error) => (failure = error));
    try {
      yield* replies(call, options?.signal);
    } catch (error) {
      throw failure ?? error;
    } finally {
      source.destroy();
    }
  };
}

/** Requests go out as fast as the transport takes them; a source that fails cancels the call. */
function send(
  requests: Requests,
  call: NodeJS.WritableStream & Cancellable,
  onFailure: (error: Error) => void,
): Readable {
  const source = Readable.from(requests, { objectMode: true });
  source.once('error', (error) => {
    onFailure(error);
    call.cancel();
  });
  source.pipe(call);
  return source;
}

async function* replies(
  call: Readable & Cancellable,
  signal: AbortSignal | undefined,
): AsyncGenerator<unknown> {
  const abort = () => call.cancel();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    yield* call as AsyncIterable<unknown>;
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', abort);
    // Nobody reads the error of an abandoned call.
    call.once('error', () => undefined);
    call.cancel();
  }
}

/** The callback of a unary reply, tied to an abort signal while the call runs. */
function settler(
  resolve: (reply: unknown) => void,
  reject: (error: unknown) => void,
  signal: AbortSignal | undefined,
) {
  let abort: (() => void) | undefined;
  const settle = (error: Error | null, reply?: unknown): void => {
    if (abort) signal?.removeEventListener('abort', abort);
    if (error) reject(signal?.aborted ? signal.reason : error);
    else resolve(reply);
  };
  settle.cancels = (call: Cancellable): void => {
    if (!signal) return;
    abort = () => call.cancel();
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  };
  return settle;
}

/** A call as {@link explain} knows it: maybe without its request. */
export function callQuestion(
  method: RpcMethod,
  defaults: CallDefaults,
  request: unknown,
  options: CallOptions | undefined,
): CallQuestion {
  const { path, requestStream } = method;
  checkCallOptions(path, options);
  const hasRequest = !requestStream && request !== undefined;
  const known = hasRequest ? defaults : { ...defaults, hashKey: undefined };
  return { method: path, metadata: callMetadata(method, known, options, request) };
}

/** @param request The one request of the call; none for a stream of requests. */
function callMetadata(
  { path }: RpcMethod,
  defaults: CallDefaults,
  options: CallOptions | undefined,
  request?: unknown,
): Metadata {
  const waitForReady = options?.waitForReady ?? defaults.waitForReady;
  const hashKey = options?.hashKey ?? defaults.hashKey?.(request as never);
  if (hashKey !== undefined) checkHashKey(path, hashKey);
  const ownDeadline = (options?.timeoutMs ?? defaults.timeoutMs) !== undefined;
  const given = options?.metadata;
  if (hashKey === undefined && !ownDeadline && waitForReady === undefined) {
    return given ?? new Metadata();
  }
  const values = hashKey === undefined ? { ownDeadline } : { ownDeadline, hashKey };
  const metadata = withCallValues(given ?? EMPTY, values);
  if (waitForReady !== undefined) metadata.setOptions({ ...metadata.getOptions(), waitForReady });
  return metadata;
}

/** Never mutated: every use clones it. */
const EMPTY = new Metadata();

function grpcOptions(defaults: CallDefaults, options: CallOptions | undefined): GrpcCallOptions {
  const timeoutMs = options?.timeoutMs ?? defaults.timeoutMs;
  return timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
}

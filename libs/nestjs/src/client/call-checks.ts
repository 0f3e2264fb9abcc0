import { InvalidOptionError } from '@grpc-discovery/registry';
import type { InterceptorOptions, Metadata } from '@grpc/grpc-js';
import { isDurationMs, durationMsForm } from '@grpc-discovery/balancing';
import { assertKnown, kindOf, show } from '@grpc-discovery/registry/options';
import type { CallOptions } from './call-types.js';

const KNOWN = {
  timeoutMs: true,
  waitForReady: true,
  hashKey: true,
  metadata: true,
  signal: true,
} as const satisfies Record<keyof CallOptions, true>;

/**
 * Checks the options of one call. For an invalid deadline grpc-js throws inside a promise, which ends the process; it ignores
 * unknown options. The checks are written by hand instead of as a table, as every call pays for them.
 * @param path Of the rpc.
 * @throws InvalidOptionError
 */
export function checkCallOptions(path: string, options: CallOptions | undefined): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null) {
    throw refused(path, 'options', 'an object', show(options), 'Give { timeoutMs: 1_000 }, say.');
  }
  for (const name in options) {
    if (Object.hasOwn(KNOWN, name)) continue;
    assertKnown(Object.keys(KNOWN), options, `${path} `);
  }
  // Callers in JavaScript can pass any type.
  const { timeoutMs, waitForReady, hashKey } = options;
  const metadata = options.metadata as Partial<Metadata> | null | undefined;
  const signal = options.signal as Partial<AbortSignal> | null | undefined;
  if (timeoutMs !== undefined && !isDurationMs(timeoutMs)) {
    const remedy = 'Leave it out for calls without a deadline.';
    throw refused(path, 'timeoutMs', durationMsForm(), show(timeoutMs), remedy);
  }
  if (waitForReady !== undefined && typeof waitForReady !== 'boolean') {
    throw refused(
      path,
      'waitForReady',
      'true or false',
      show(waitForReady),
      'Leave it out for false.',
    );
  }
  if (hashKey !== undefined) checkHashKey(path, hashKey);
  if (metadata !== undefined && typeof metadata?.getOptions !== 'function') {
    const remedy = 'Make it with new Metadata().';
    throw refused(path, 'metadata', 'Metadata of grpc-js', kindOf(metadata), remedy);
  }
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    const remedy = 'Give the signal of an AbortController.';
    throw refused(path, 'signal', 'an AbortSignal', kindOf(signal), remedy);
  }
}

/** A key of a call, given or computed. @throws InvalidOptionError */
export function checkHashKey(path: string, key: unknown): asserts key is string {
  if (typeof key === 'string') return;
  const remedy = 'Give a text, such as String(id), or nothing for a call without a key.';
  throw refused(path, 'hashKey', 'a text', kindOf(key), remedy);
}

/** What a stream of requests is made of. @throws InvalidOptionError */
export function checkRequests(path: string, requests: unknown): void {
  const iterable = (requests ?? {}) as Partial<AsyncIterable<unknown> & Iterable<unknown>>;
  const isIterable =
    typeof requests === 'object' &&
    (typeof iterable[Symbol.asyncIterator] === 'function' ||
      typeof iterable[Symbol.iterator] === 'function');
  if (isIterable) return;
  const remedy = 'Give an array, or a generator function called.';
  throw refused(path, 'requests', 'an iterable of requests', kindOf(requests), remedy);
}

/** For calls whose options are grpc-js's own, as those of Nest's `ClientGrpc` are. @throws InvalidOptionError */
export function checkDeadline({ deadline, method_definition }: InterceptorOptions): void {
  if (deadline === undefined || isDeadline(deadline)) return;
  const { path } = method_definition;
  const remedy = 'Give a Date, or milliseconds since 1970 such as Date.now() + 1_000.';
  throw refused(path, 'deadline', 'a time within 11,000 years', shownTime(deadline), remedy);
}

/** The longest time that gRPC's header `grpc-timeout` can express: 8 digits of hours. */
const LONGEST_MS = 1e8 * 3_600_000;

/** Infinity is valid: grpc-js uses it for calls without a deadline. */
function isDeadline(deadline: unknown): boolean {
  const ms = deadline instanceof Date ? deadline.getTime() : deadline;
  return typeof ms === 'number' && (ms - Date.now() < LONGEST_MS || ms === Infinity);
}

function shownTime(deadline: unknown): string {
  return deadline instanceof Date ? 'an invalid Date' : show(deadline);
}

function refused(path: string, option: string, expected: string, given: string, remedy: string) {
  return new InvalidOptionError(`${path} ${option}`, expected, given, remedy);
}

import type { Clock } from './clock.js';

/** Resolves when the time has passed or the signal is aborted, whichever is first. Never rejects. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      timer.cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.after(delayMs, done);
    signal?.addEventListener('abort', done);
  });
}

/**
 * Settles as the promise does, or rejects with `onTimeout()` when the time has passed before. The promise
 * continues, and its later rejection is swallowed. The process stays alive until then: a bounded wait always gets an answer.
 */
export function within<T>(
  clock: Clock,
  limitMs: number,
  promise: Promise<T>,
  onTimeout: () => Error,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = clock.after(limitMs, () => reject(onTimeout()), true);
    promise.then(resolve, reject).finally(() => timer.cancel());
  });
}

/** The first of the promises to settle, or undefined as soon as the signal is aborted. */
export async function unlessAborted<T>(
  signal: AbortSignal,
  ...promises: readonly Promise<T>[]
): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  let stop = () => undefined as void;
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
    signal.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([aborted, ...promises]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** A promise that its owner settles. (`Promise.withResolvers` needs Node 22.) */
export class Deferred<T> {
  readonly promise: Promise<T>;
  resolve!: (value: T | PromiseLike<T>) => void;
  reject!: (reason: unknown) => void;

  constructor() {
    this.promise = new Promise<T>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // A rejection that nobody waits for must not end the process.
    this.promise.catch(() => undefined);
  }
}

/** Number of evenly spread tries in the remaining time. */
const TRIES_LEFT = 20;
/** Minimum pause in milliseconds: a process makes at most 5 tries per second in total. */
const MIN_PAUSE_MS = 300;

/** Pause in milliseconds before the next try of a call that must succeed within `leftMs`: the less time left, the shorter. */
export function pauseBefore(leftMs: number): number {
  return Math.max(MIN_PAUSE_MS, leftMs / TRIES_LEFT);
}

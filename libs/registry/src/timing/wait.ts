import type { Clock, Random } from './clock.js';

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

/** Growing pauses between tries, with jitter so that many processes don't retry in step. */
export class Backoff {
  private tries = 0;

  /** @param minMs First pause. @param maxMs Longest pause. */
  constructor(
    private readonly minMs: number,
    private readonly maxMs: number,
    private readonly random: Random,
  ) {}

  /** The next pause in milliseconds: doubled each time, ± 25 %, never below `minMs` nor above `maxMs`. */
  next(): number {
    const base = Math.min(this.maxMs, this.minMs * 2 ** Math.min(this.tries++, 30));
    const jittered = base * (0.75 + 0.5 * this.random());
    return Math.min(this.maxMs, Math.max(this.minMs, jittered));
  }

  reset(): void {
    this.tries = 0;
  }
}

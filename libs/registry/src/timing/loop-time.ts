import type { Clock, Timer } from './clock.js';

/** How often a waiting is looked at, in milliseconds. */
const TURN_MS = 100;
/**
 * Most that one look may count, in milliseconds. A process that was frozen, or had no CPU, was deaf for the rest: what
 * arrived meanwhile is read only after the timers that are due.
 */
const MOST_PER_TURN_MS = 1.5 * TURN_MS;

export interface LoopTimeWait {
  /** Milliseconds of a responsive event loop after which {@link onLimit} decides. */
  readonly limitMs: number;
  /**
   * Called with each look while the wait lasts.
   * @returns an error to end the wait with, or undefined to wait on
   */
  readonly onTurn?: (countedMs: number) => Error | undefined;
  readonly onLimit: () => Error;
}

/**
 * Settles as the promise does, or rejects once the limit has passed. Only time counts in which this process could have read
 * the answer. The process stays alive until then: whoever waits with a bound gets an answer.
 */
export function withinLoopTime<T>(
  clock: Clock,
  promise: Promise<T>,
  { limitMs, onTurn, onLimit }: LoopTimeWait,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let counted = 0;
    let timer: Timer;
    const turn = () => {
      const askedAt = clock.now();
      const delayMs = Math.max(1, Math.min(TURN_MS, limitMs - counted));
      timer = clock.after(
        delayMs,
        () => {
          counted += Math.min(clock.now() - askedAt, MOST_PER_TURN_MS);
          const failure = onTurn?.(counted) ?? (counted >= limitMs ? onLimit() : undefined);
          if (failure) reject(failure);
          else turn();
        },
        true,
      );
    };
    turn();
    promise.then(resolve, reject).finally(() => timer.cancel());
  });
}

/** A timer that its owner can cancel. */
export interface Timer {
  cancel(): void;
}

/** Time as the state machines see it. */
export interface Clock {
  /** Monotonic, in milliseconds: it never jumps, whatever happens to the time of day. */
  now(): number;
  /** The time of day, for people. */
  date(): Date;
  /** @param holdsProcess Whether the timer keeps the process alive, as a bounded shutdown needs. @default false */
  after(delayMs: number, run: () => void, holdsProcess?: boolean): Timer;
}

/** A number from 0 up to, not including, 1. */
export type Random = () => number;

/** Real time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  after(delayMs, run, holdsProcess = false) {
    const timer = setTimeout(run, delayMs);
    if (!holdsProcess) timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Interval in milliseconds at which a wait is checked. */
const TURN_MS = 100;
/**
 * Maximum time that one check counts, in milliseconds. A process that was frozen or had no CPU could not read for the rest: it
 * reads what has arrived only after the due timers.
 */
const MOST_PER_TURN_MS = 1.5 * TURN_MS;

export interface LoopTimeWait {
  /** Milliseconds of a responsive event loop after which {@link onLimit} decides. */
  readonly limitMs: number;
  /**
   * Called at each check during the wait.
   * @returns an error to end the wait with, or undefined to continue
   */
  readonly onTurn?: (countedMs: number) => Error | undefined;
  readonly onLimit: () => Error;
}

/**
 * Settles as the promise does, or rejects once the limit has passed. Counts only time in which this process could have read the
 * answer. The process stays alive until then: a bounded wait always gets an answer.
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

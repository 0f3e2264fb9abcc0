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

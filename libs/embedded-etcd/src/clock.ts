/** Time as leases and progress reports see it; a spec passes its own to decide when they expire. */
export interface Clock {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Calls `callback` once, `delayMs` from now, unless the returned function cancels it first. */
  after(delayMs: number, callback: () => void): () => void;
}

/** `setTimeout` rounds longer delays down to 1 ms. */
const longestTimeoutMs = 2 ** 31 - 1;

/** The process's monotonic clock. Its timers don't keep the process alive: the listening socket does. */
export function systemClock(): Clock {
  return {
    now: () => performance.now(),
    after(delayMs, callback) {
      const timer = setTimeout(callback, Math.min(delayMs, longestTimeoutMs));
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}

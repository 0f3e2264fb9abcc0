/** Tries that fit, evenly spread, into the time that is left when one fails. */
const TRIES_LEFT = 20;
/** Never less, in milliseconds: 5 tries a second are the bound for all that a process does. */
const MIN_PAUSE_MS = 300;

/** Pause in milliseconds before another try at something that must succeed within `leftMs`: the less is left, the shorter. */
export function pauseBefore(leftMs: number): number {
  return Math.max(MIN_PAUSE_MS, leftMs / TRIES_LEFT);
}

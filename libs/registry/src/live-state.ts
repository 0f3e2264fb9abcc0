import type { WatchStateOf } from './watcher.js';

/**
 * The state of a live watch. Its snapshot is built when it is first read, from what is known then, and stays the same from then
 * on: changes that come faster than anybody reads cost no snapshot each.
 */
export function liveState<Known>(
  make: () => Known,
): Extract<WatchStateOf<Known>, { kind: 'live' }> {
  let made: Known | undefined;
  return {
    kind: 'live',
    get snapshot() {
      return (made ??= make());
    },
  };
}

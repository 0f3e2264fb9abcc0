import type { Snapshot, WatchState } from './watcher.js';

/**
 * The state of a live watch. Its snapshot is made when it is read first: of changes that come faster than anybody looks, one in
 * many is.
 */
export function liveState(make: () => Snapshot): Extract<WatchState, { kind: 'live' }> {
  let made: Snapshot | undefined;
  return {
    kind: 'live',
    get snapshot() {
      return (made ??= make());
    },
  };
}

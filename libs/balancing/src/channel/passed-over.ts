/** Why calls of a policy pass over an instance. These are all reasons that there are. */
export type PassedOverReason =
  /** Not yet connected. */
  | 'connecting'
  /** The last attempt to connect has failed. */
  | 'failing'
  /** Left out for its errors by outlier detection. */
  | 'ejected'
  /** Says that it does not serve. */
  | 'unhealthy'
  /** Of weight 0, while others have a weight. */
  | 'draining'
  /** Another version or other metadata than `filterInstances` wants. */
  | 'not-matching'
  /** Not in the client's `subset`. */
  | 'not-in-subset'
  /** `pickFirst` has chosen another. */
  | 'not-first'
  /** `preferLocality` has enough that are closer. */
  | 'other-locality'
  /** Gone from the registry by a mass removal, right after another such instance has stopped. */
  | 'resting';

export function nonePassedOver(): Record<PassedOverReason, number> {
  return {
    connecting: 0,
    failing: 0,
    ejected: 0,
    unhealthy: 0,
    draining: 0,
    'not-matching': 0,
    'not-in-subset': 0,
    'not-first': 0,
    'other-locality': 0,
    resting: 0,
  };
}

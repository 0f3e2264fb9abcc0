import type { RangeView } from './range-view.js';

/** A view of instances, of one service or of all. */
export interface InstancesView extends RangeView {
  /** Grows with each change of what the view shows. */
  readonly version: number;
  /** Whether it shows instances that only a replaced store held. */
  readonly isDoubtful: boolean;
  /** Lets go of instances that only a replaced store held. */
  dropUnconfirmed(): void;
}

import type { Scenario } from '../stage.js';
import { allGone } from './all-gone.js';
import { equalShares } from './equal-shares.js';
import { ghost, longOutage, outage, shortOutage, wipedOutage } from './etcd-outage.js';
import { comeback, crash, gracefulStop } from './stop-and-return.js';

/** The promises of the README, in its order. */
export const scenarios: readonly Scenario[] = [
  equalShares,
  gracefulStop,
  crash,
  comeback,
  outage,
  shortOutage,
  longOutage,
  wipedOutage,
  ghost,
  allGone,
];

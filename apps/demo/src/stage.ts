import type { EtcdFixture } from '@grpc-discovery/test-support';
import type { Fleet } from './fleet.js';
import type { Load } from './load.js';

export const GREETERS = ['greeter-1', 'greeter-2', 'greeter-3'] as const;

/** What the scenarios play with. Each leaves it as it found it: etcd up, three greeters registered, load running. */
export interface Stage {
  readonly etcd: EtcdFixture;
  readonly fleet: Fleet;
  readonly load: Load;
  /** How long scenario 4 keeps etcd away, in milliseconds. */
  readonly outageMs: number;
}

/** One claim, played. `play` tells what it showed, and throws when the claim does not hold. */
export interface Scenario {
  /** `1` to `6`; a letter tells the parts of one claim apart. */
  readonly number: string;
  readonly title: string;
  play(stage: Stage): Promise<string>;
}

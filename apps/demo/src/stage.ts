import type { EtcdFixture } from '@grpc-discovery/test-support';
import type { Fleet } from './fleet.js';
import type { Load } from './load.js';

export const GREETERS = ['greeter-1', 'greeter-2', 'greeter-3'] as const;

/** Policies that send calls to every instance; the first two do so exactly in turn. */
export const POLICIES = [
  'weighted_round_robin',
  'round_robin',
  'least_request',
  'random',
  'consistent_hash',
] as const;
export type DemoPolicy = (typeof POLICIES)[number];

/** What the scenarios play with. Each leaves it as it found it: etcd up, three greeters registered, load running. */
export interface Stage {
  readonly etcd: EtcdFixture;
  readonly fleet: Fleet;
  readonly load: Load;
  /** The policy that the greeters publish. */
  readonly policy: DemoPolicy;
  /** How long scenario 4 keeps etcd away, in milliseconds. */
  readonly outageMs: number;
}

/** One claim, played. `play` tells what it showed, and throws when the claim does not hold. */
export interface Scenario {
  /** `1` to `6`; a letter tells the parts of one claim apart. */
  readonly number: string;
  readonly title: string;
  /** What it takes on a machine that has nothing else to do, about. */
  readonly seconds: number;
  play(stage: Stage): Promise<string>;
}

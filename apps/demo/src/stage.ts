import type { EtcdFixture } from '@grpc-discovery/test-support';
import type { DemoPolicy, Fleet } from './fleet.js';
import type { Load } from './load.js';

export const GREETERS = ['greeter-1', 'greeter-2', 'greeter-3'] as const;

/** The system that scenarios act on. Each scenario leaves it as it found it: etcd up, three greeters registered, load running. */
export interface Stage {
  readonly etcd: EtcdFixture;
  readonly fleet: Fleet;
  readonly load: Load;
  /** The policy that the greeters publish. */
  readonly policy: DemoPolicy;
  /** How long scenario 4 keeps etcd down, in milliseconds. */
  readonly outageMs: number;
}

/** One claim, played. `play` returns a summary of what happened, and throws if the claim does not hold. */
export interface Scenario {
  /** `1` to `6`, with a letter for each part of a claim that has several. */
  readonly number: string;
  readonly title: string;
  /** Typical duration on an idle machine. */
  readonly seconds: number;
  play(stage: Stage): Promise<string>;
}

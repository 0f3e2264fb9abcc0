import { Metadata, type ChannelOptions } from '@grpc/grpc-js';
import { withHashKey } from '../calls/call-values.js';
import { discoveryArgsOf } from './channel-args.js';
import type { PassedOverReason } from './passed-over.js';

/** What is known of a call before it is made. */
export interface CallQuestion {
  /** Path of the rpc, such as `/helloworld.Greeter/SayHello`. */
  readonly method: string;
  /** @default none */
  readonly metadata?: Metadata;
  /** The key by which `consistentHash` chooses. @default what the metadata says */
  readonly hashKey?: string;
}

/** One instance of the service, as a call's policy sees it. */
export interface CandidateExplanation {
  readonly instanceId: string;
  readonly address: string;
  /** Why the call can't get it; undefined where it can. */
  readonly passedOver: PassedOverReason | undefined;
  /** More on why, such as the error of the last attempt to connect. */
  readonly reason: string | undefined;
  /** As registered. */
  readonly weight: number;
  /** Calls of this channel that it serves now; undefined where no policy of the channel counts them. */
  readonly inFlight: number | undefined;
  /**
   * Average latency by calls that shared the instance, in milliseconds; undefined where no policy of the channel follows
   * it, or while the instance warms up.
   */
  readonly latencyPerCallMs: number | undefined;
  /** Further numbers that the policy goes by, by names that `docs/policies/README.md` tells. */
  readonly policyView: Readonly<Record<string, number>>;
}

/** What would become of a call. */
export type CallChoice =
  | { readonly kind: 'instance'; readonly instanceId: string; readonly address: string }
  /** Its instances are being connected to. */
  | { readonly kind: 'waits' }
  /** With UNAVAILABLE and these details; a wait-for-ready call waits. */
  | { readonly kind: 'fails'; readonly details: string };

export interface CallExplanation {
  readonly method: string;
  /** Names of the policy and of those within it, outermost first: `slow_start > least_request`. */
  readonly policy: string;
  readonly candidates: readonly CandidateExplanation[];
  readonly choice: CallChoice;
}

/**
 * Why a call would go where it goes: every instance, what passes it over, what the policy knows of it, and the choice.
 *
 * It is a pick whose call never starts: a rotation moves on by the one turn of the choice, chance is drawn once, and no
 * statistic changes.
 * @param options of the channel, as `discoveryChannelOptions` made them: of one channel only.
 * @returns nothing for a channel that is idle, closed or still waits for the registry.
 */
export function explainCall(
  options: ChannelOptions,
  { method, metadata = new Metadata(), hashKey }: CallQuestion,
): CallExplanation | undefined {
  const known = hashKey === undefined ? metadata.clone() : withHashKey(metadata, hashKey);
  return discoveryArgsOf(options)?.view?.explain(method, known);
}

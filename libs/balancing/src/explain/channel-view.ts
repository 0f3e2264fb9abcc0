import { Metadata, type ChannelOptions } from '@grpc/grpc-js';
import { argOf, CHANNEL_VIEW_KEY } from '../grpc/channel-args.js';
import { withHashKey } from '../grpc/call-values.js';
import type { CallExplanation, CallQuestion } from './call-explanation.js';
import type { ChannelDescription } from './channel-description.js';

/** How the balancer of a channel describes the channel. */
interface ChannelView {
  describe(): ChannelDescription;
  explain(method: string, metadata: Metadata): CallExplanation;
}

/** Holds the view of one channel. It is part of the channel's options, through which both sides find it. */
export class ChannelViewRef {
  /** Set by the balancer as long as it exists. */
  view: ChannelView | undefined;
}

function viewOf(options: ChannelOptions): ChannelView | undefined {
  return argOf(options, CHANNEL_VIEW_KEY, ChannelViewRef)?.view;
}

/**
 * A snapshot of a channel, for health checks, metrics and diagnosis. The channel does no extra work between calls of this
 * function.
 * @param options The channel's options, as returned by `discoveryChannelOptions`. They must belong to one channel only.
 * @returns undefined if the channel is idle, closed or still waiting for the registry.
 */
export function describeChannel(options: ChannelOptions): ChannelDescription | undefined {
  return viewOf(options)?.describe();
}

/**
 * Explains where a call would go and why: every instance, the reason if it is passed over, the numbers that the policy
 * uses, and the choice.
 *
 * It makes a pick whose call never starts: a rotation advances by one turn, random numbers are drawn once, and no statistic
 * changes.
 * @param options The channel's options, as returned by `discoveryChannelOptions`. They must belong to one channel only.
 * @returns undefined if the channel is idle, closed or still waiting for the registry.
 */
export function explainCall(
  options: ChannelOptions,
  { method, metadata = new Metadata(), hashKey }: CallQuestion,
): CallExplanation | undefined {
  const known = hashKey === undefined ? metadata.clone() : withHashKey(metadata, hashKey);
  return viewOf(options)?.explain(method, known);
}

import type { ChannelOptions } from '@grpc/grpc-js';
import { discoveryArgsOf } from './channel-args.js';
import type { PassedOverReason } from './passed-over.js';

/** What an instance is to a channel. Each is one of these. */
export type EndpointStatus =
  /** Connected, and gets calls. */
  | 'ready'
  /** Connected, of weight 0: gets calls only where all have weight 0. */
  | 'draining'
  /** Connected, and says that it does not serve. */
  | 'unhealthy'
  /** Connected, and left out for its errors by outlier detection. */
  | 'ejected'
  /** Not yet connected. */
  | 'connecting'
  /** The last attempt to connect has failed; others follow. */
  | 'failing'
  /** No policy of the channel wants it: not connected to. */
  | 'filtered';

export interface EndpointDescription {
  readonly instanceId: string;
  readonly address: string;
  readonly status: EndpointStatus;
  /** Whether it is gone from the registry by a mass removal, and called on. */
  readonly isHeld: boolean;
  /** Why it gets no calls, where there is a reason. */
  readonly reason: string | undefined;
}

/** The instances of a channel at one moment. */
export interface ChannelDescription {
  readonly endpoints: readonly EndpointDescription[];
  /** How many endpoints have each status. */
  readonly counts: Readonly<Record<EndpointStatus, number>>;
  /** How many endpoints calls without a policy of their own pass over at present, by reason. */
  readonly passedOver: Readonly<Record<PassedOverReason, number>>;
  /** How many mass removals left instances that were called on, since the channel left idleness. */
  readonly massRemovals: number;
  /** Why calls without a policy of their own fail at present; undefined while they don't. */
  readonly failure: string | undefined;
}

/**
 * A snapshot of a channel, for health checks, metrics and diagnosis; it costs the channel nothing between calls of this.
 * @param options of the channel, as `discoveryChannelOptions` made them: of one channel only.
 * @returns nothing for a channel that is idle, closed or still waits for the registry.
 */
export function describeChannel(options: ChannelOptions): ChannelDescription | undefined {
  return discoveryArgsOf(options)?.view?.describe();
}

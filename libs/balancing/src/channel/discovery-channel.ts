import { Channel, status, type StatusObject } from '@grpc/grpc-js';
import { discoveryArgsOf, type DiscoveryArgs } from './channel-args.js';

type Call = ReturnType<Channel['createCall']>;
type Listener = Parameters<Call['start']>[1];

/** How grpc-js describes a call whose deadline expired before the resolver reported a result. */
const UNRESOLVED = 'waiting for name resolution';

/**
 * A channel whose calls report, at their deadline, that the registry has not answered yet. A filter can't do that: filters come
 * with the call's config, which a call only gets after the first resolution.
 */
class NotedChannel extends Channel {
  private readonly discovery: DiscoveryArgs | undefined;

  constructor(...args: ConstructorParameters<typeof Channel>) {
    super(...args);
    this.discovery = discoveryArgsOf(args[2]);
  }

  override createCall(...args: Parameters<Channel['createCall']>): Call {
    const call = super.createCall.apply(this, args);
    // Once the registry has answered, calls pay nothing for it.
    if (this.discovery === undefined || this.discovery.hasAnswered) return call;
    const start = call.start.bind(call);
    call.start = (metadata, listener) => start(metadata, this.noting(listener));
    return call;
  }

  private noting(listener: Listener): Listener {
    return {
      onReceiveMetadata: (metadata) => listener.onReceiveMetadata(metadata),
      onReceiveMessage: (message: unknown) => listener.onReceiveMessage(message),
      onReceiveStatus: (ended) => listener.onReceiveStatus(this.noted(ended)),
    };
  }

  private noted(ended: StatusObject): StatusObject {
    if (ended.code !== status.DEADLINE_EXCEEDED || !ended.details.endsWith(UNRESOLVED)) {
      return ended;
    }
    const note = this.discovery?.unanswered;
    return note === undefined ? ended : { ...ended, details: `${ended.details}. ${note}` };
  }
}

/**
 * The channel of options of `discoveryChannelOptions`, for who makes channels by hand: clients of grpc-js make it by themselves.
 * One function for all channels: it is part of their options, by which grpc-js distinguishes subchannels.
 */
export function discoveryChannel(...args: ConstructorParameters<typeof Channel>): Channel {
  return new NotedChannel(...args);
}

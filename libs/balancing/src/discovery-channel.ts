import { Channel, status, type StatusObject } from '@grpc/grpc-js';
import { argOf, RESOLVER_SETTINGS_KEY } from './grpc/channel-args.js';
import { ResolverSettings } from './resolver/resolver-settings.js';

type Call = ReturnType<Channel['createCall']>;
type Listener = Parameters<Call['start']>[1];

/** How grpc-js describes a call whose deadline expired before the resolver reported a result. */
const UNRESOLVED = 'waiting for name resolution';

/**
 * A channel whose calls report, at their deadline, that the registry has not answered yet. A filter can't do that: filters
 * come with the call's config, which a call only gets after the first resolution.
 */
class DiscoveryChannel extends Channel {
  private readonly settings: ResolverSettings | undefined;

  constructor(...args: ConstructorParameters<typeof Channel>) {
    super(...args);
    this.settings = argOf(args[2], RESOLVER_SETTINGS_KEY, ResolverSettings);
  }

  override createCall(...args: Parameters<Channel['createCall']>): Call {
    const call = super.createCall.apply(this, args);
    // Once the registry has answered, calls have no extra cost.
    if (this.settings === undefined || this.settings.hasAnswered) return call;
    const start = call.start.bind(call);
    call.start = (metadata, listener) => start(metadata, this.explaining(listener));
    return call;
  }

  private explaining(listener: Listener): Listener {
    return {
      onReceiveMetadata: (metadata) => listener.onReceiveMetadata(metadata),
      onReceiveMessage: (message: unknown) => listener.onReceiveMessage(message),
      onReceiveStatus: (ended) => listener.onReceiveStatus(this.explained(ended)),
    };
  }

  private explained(ended: StatusObject): StatusObject {
    if (ended.code !== status.DEADLINE_EXCEEDED || !ended.details.endsWith(UNRESOLVED)) {
      return ended;
    }
    const reason = this.settings?.unanswered;
    return reason === undefined ? ended : { ...ended, details: `${ended.details}. ${reason}` };
  }
}

/**
 * Creates a channel from options of `discoveryChannelOptions`. Use it if you create channels yourself; clients of grpc-js call
 * it for you. It must be one function for all channels: it is part of their options, by which grpc-js distinguishes
 * subchannels.
 */
export function discoveryChannel(...args: ConstructorParameters<typeof Channel>): Channel {
  return new DiscoveryChannel(...args);
}

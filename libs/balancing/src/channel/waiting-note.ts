import { Channel, status, type StatusObject } from '@grpc/grpc-js';
import { discoveryArgsOf } from './channel-args.js';

type Call = ReturnType<Channel['createCall']>;
type Listener = Parameters<Call['start']>[1];

/** What grpc-js says of a call whose deadline came before the resolver had told anything. */
const UNRESOLVED = 'waiting for name resolution';

/**
 * A channel whose calls tell, at their deadline, that the registry has not answered yet. Nothing that comes with a call's config
 * can: until then the call has none.
 */
class NotedChannel extends Channel {
  private readonly note: () => string | undefined;

  constructor(...args: ConstructorParameters<typeof Channel>) {
    super(...args);
    const discovery = discoveryArgsOf(args[2]);
    this.note = () => discovery?.unanswered;
  }

  override createCall(...args: Parameters<Channel['createCall']>): Call {
    const call = super.createCall.apply(this, args);
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
    const note = this.note();
    return note === undefined ? ended : { ...ended, details: `${ended.details}. ${note}` };
  }
}

/** One function for all channels: it is part of their options, by which grpc-js tells subchannels apart. */
export function notedChannel(...args: ConstructorParameters<typeof Channel>): Channel {
  return new NotedChannel(...args);
}

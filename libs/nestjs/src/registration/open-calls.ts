import { ServerInterceptingCall, type ServerInterceptor, type StatusObject } from '@grpc/grpc-js';

/** What a stream is ended with. */
export type CallEnding = Pick<StatusObject, 'code' | 'details'>;

interface OpenCall {
  readonly path: string;
  readonly isStream: boolean;
  end(ending: CallEnding): void;
}

/** The calls that a server runs now, from their first header to their last trailer. */
export class OpenCalls {
  private readonly open = new Set<OpenCall>();

  /** Stands nearest to the handlers, so that interceptors of the application see how a call ends. */
  readonly interceptor: ServerInterceptor = ({ path, requestStream, responseStream }, next) => {
    let ended = false;
    const call: OpenCall = {
      path,
      isStream: requestStream || responseStream,
      end(ending) {
        ended = true;
        next.sendStatus(ending);
      },
    };
    // A handler does not know yet that its call was ended: what it still sends is dropped, as of a cancelled call.
    return new ServerInterceptingCall(next, {
      start: (start) =>
        start({
          // Not before: of a call that was cancelled by now, no end would be told.
          onReceiveMetadata: (metadata, pass) => {
            this.open.add(call);
            pass(metadata);
          },
          onCancel: () => void this.open.delete(call),
        }),
      sendMetadata: (metadata, pass) => void (ended || pass(metadata)),
      sendMessage: (message, pass) => void (ended || pass(message)),
      sendStatus: (status, pass) => void (ended || pass(status)),
    });
  };

  get count(): number {
    return this.open.size;
  }

  /** Ends streams, those alone whose path is chosen, and returns how many. */
  endStreams(ending: CallEnding, chosen: (path: string) => boolean = () => true): number {
    const streams = [...this.open].filter(({ isStream, path }) => isStream && chosen(path));
    for (const stream of streams) stream.end(ending);
    return streams.length;
  }
}

import { ServerInterceptingCall, type ServerInterceptor, type StatusObject } from '@grpc/grpc-js';

/** The status that ends a stream. */
export type CallEnding = Pick<StatusObject, 'code' | 'details'>;

interface OpenCall {
  readonly path: string;
  readonly isStream: boolean;
  /** Returns false if it had already ended. */
  end(ending: CallEnding): boolean;
}

/** The running calls of a server, from their first header to their last trailer. */
export class OpenCalls {
  private readonly open = new Set<OpenCall>();
  private readonly idleListeners: (() => void)[] = [];

  /** The innermost interceptor, so that interceptors of the application see how a call ends. */
  readonly interceptor: ServerInterceptor = ({ path, requestStream, responseStream }, next) => {
    let ended = false;
    const call: OpenCall = {
      path,
      isStream: requestStream || responseStream,
      end(ending) {
        if (ended) return false;
        ended = true;
        next.sendStatus(ending);
        return true;
      },
    };
    // The handler does not know yet that its call has ended: later messages are dropped, as for a cancelled call.
    return new ServerInterceptingCall(next, {
      start: (start) =>
        start({
          // Not earlier: a call that was cancelled before would never report its end.
          onReceiveMetadata: (metadata, pass) => {
            this.open.add(call);
            pass(metadata);
          },
          onCancel: () => this.delete(call),
        }),
      sendMetadata: (metadata, pass) => void (ended || pass(metadata)),
      sendMessage: (message, pass) => void (ended || pass(message)),
      sendStatus: (status, pass) => void (ended || pass(status)),
    });
  };

  get count(): number {
    return this.open.size;
  }

  /** Resolves when no call is open. */
  idle(): Promise<void> {
    if (this.open.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.idleListeners.push(resolve));
  }

  /** Ends the streams whose path is chosen, and returns how many. */
  endStreams(ending: CallEnding, chosen: (path: string) => boolean = () => true): number {
    return this.end(ending, ({ isStream, path }) => isStream && chosen(path));
  }

  /** Ends all open calls, and returns how many had not been ended before. */
  endAll(ending: CallEnding): number {
    return this.end(ending, () => true);
  }

  private end(ending: CallEnding, chosen: (call: OpenCall) => boolean): number {
    return [...this.open].filter((call) => chosen(call) && call.end(ending)).length;
  }

  private delete(call: OpenCall): void {
    this.open.delete(call);
    if (this.open.size > 0) return;
    for (const listener of this.idleListeners.splice(0)) listener();
  }
}

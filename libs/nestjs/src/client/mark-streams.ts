import { withCallValues } from '@grpc-discovery/balancing';
import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';

/** Lets the channel know which calls are streams, whatever kind of client makes them: their length is no latency. */
export const markStreams: Interceptor = (options, nextCall) => {
  const { requestStream, responseStream } = options.method_definition;
  const call = nextCall(options);
  // grpc-js takes whatever has the methods of a call; only the type asks for the class.
  if (!requestStream && !responseStream) return call as InterceptingCall;
  return new InterceptingCall(call, {
    start: (metadata, listener, next) =>
      next(withCallValues(metadata, { isStream: true }), listener),
  });
};

import { type handleBidiStreamingCall, type ServerDuplexStream } from '@grpc/grpc-js';
import { type Headed } from '../api/header.js';
import { plannedStatus, statusOf, withHeader } from './call-status.js';
import { StreamOutput } from './stream-output.js';
import { type StreamRpc } from './rpc.js';
import { type ServingContext } from './serving-context.js';

/** Serves one streaming method of the member that is current when the stream opens. */
export function serveStream(
  method: string,
  rpc: StreamRpc,
  context: ServingContext,
): handleBidiStreamingCall<object, Headed> {
  return (call) => {
    const planned = context.faults.take(method);
    if (planned !== undefined) return fail(call, plannedStatus(method, planned));

    const member = context.member();
    const output = new StreamOutput(call, () => context.faults.delayMs);
    const send = (response: Headed) => output.write(withHeader(member, response));
    const session = rpc.open(member, send, call.metadata);
    const close = once(() => {
      output.close();
      session.close();
    });
    call.on('data', (request: object) => {
      try {
        session.receive(request);
      } catch (error) {
        close();
        fail(call, statusOf(error));
      }
    });
    call.on('end', () => {
      if (!rpc.endsWithCaller) return;
      output.end();
      session.close();
    });
    call.on('cancelled', close);
    call.on('error', close);
  };
}

function fail(call: ServerDuplexStream<object, Headed>, failure: object): void {
  // grpc-js ends a stream with the status that its 'error' event carries.
  call.emit('error', failure);
}

function once(action: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    action();
  };
}

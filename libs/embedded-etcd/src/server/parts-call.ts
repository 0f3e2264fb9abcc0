import { type handleServerStreamingCall } from '@grpc/grpc-js';
import { plannedStatus, statusOf } from './call-status.js';
import { type PartsRpc } from './rpc.js';
import { type ServingContext } from './serving-context.js';
import { StreamOutput } from './stream-output.js';

/** Serves one method whose answer comes in parts. They are of one moment: what is written later is not among them. */
export function serveParts(
  method: string,
  rpc: PartsRpc,
  context: ServingContext,
): handleServerStreamingCall<object, object> {
  return (call) => {
    const planned = context.faults.take(method);
    if (planned !== undefined) return void call.emit('error', plannedStatus(method, planned));
    const { request, metadata } = call;
    const output = new StreamOutput(call, () => context.faults.delayMs);
    call.on('cancelled', () => output.close());
    call.on('error', () => output.close());
    try {
      const caller = { metadata, requestBytes: context.requestBytes(request) };
      for (const part of rpc.handle(context.member(), request, caller)) output.write(part);
      output.end();
    } catch (error) {
      call.emit('error', statusOf(error));
    }
  };
}

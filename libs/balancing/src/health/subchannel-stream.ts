import { status } from '@grpc/grpc-js';
import type { SubchannelInterface } from '../grpc/experimental.js';
import {
  createSubchannelCall,
  unrefCall,
  type SubchannelCall,
  type SubchannelCallTarget,
} from '../grpc/private-members.js';

/** A call with one request and any number of responses. */
interface StreamRequest extends SubchannelCallTarget {
  readonly request: Uint8Array;
}

interface StreamListener {
  onMessage(message: Buffer): void;
  /** Called once, as the last event. Not called if the stream was cancelled. */
  onEnd(code: status): void;
}

/** Each message is preceded by a compression flag and its length. */
const PREFIX_LENGTH = 5;

/**
 * Makes a call on the current connection of a subchannel, and on no other. It does not keep the process alive.
 * @returns a function that cancels it.
 */
export function openSubchannelStream(
  subchannel: SubchannelInterface,
  { request, ...target }: StreamRequest,
  listener: StreamListener,
): () => void {
  let call: SubchannelCall | undefined;
  let isOver = false;
  const end = (code: status) => {
    if (isOver) return;
    isOver = true;
    listener.onEnd(code);
  };
  const start = async () => {
    const begun = await createSubchannelCall(subchannel, target, {
      onReceiveMetadata: () => undefined,
      onReceiveMessage: (message: Buffer) => {
        if (isOver) return;
        listener.onMessage(message.subarray(PREFIX_LENGTH));
        begun.startRead();
      },
      onReceiveStatus: ({ code }) => end(code),
    });
    unrefCall(subchannel, begun);
    if (isOver) return cancel(begun);
    call = begun;
    begun.sendMessageWithContext({}, framed(request));
    begun.halfClose();
    begun.startRead();
  };
  start().catch(() => end(status.UNAVAILABLE));
  return () => {
    isOver = true;
    if (call) cancel(call);
  };
}

function cancel(call: SubchannelCall): void {
  call.cancelWithStatus(status.CANCELLED, 'No longer wanted');
}

function framed(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(PREFIX_LENGTH);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

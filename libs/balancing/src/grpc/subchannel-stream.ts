import { status } from '@grpc/grpc-js';
import type { SubchannelInterface } from './experimental.js';

type Subchannel = ReturnType<SubchannelInterface['getRealSubchannel']>;
type SubchannelCall = ReturnType<Subchannel['createCall']>;

/** What grpc-js's types hide of a subchannel: the connection, which counts calls to keep the process alive. */
interface Connected {
  readonly transport?: { removeActiveCall(call: SubchannelCall): void } | null;
}

/** A call with one request and any number of answers. */
export interface StreamRequest {
  readonly authority: string;
  readonly service: string;
  readonly method: string;
  readonly request: Uint8Array;
}

export interface StreamListener {
  onMessage(message: Buffer): void;
  /** Called once, and nothing after it. Not called after the stream was cancelled. */
  onEnd(code: status): void;
}

/** Before each message: a flag for compression and the length. */
const PREFIX_LENGTH = 5;

/**
 * Makes a call on the connection that a subchannel has, and on no other. `Subchannel.getChannel()` would do for it, but for
 * what it throws out of a promise when the connection goes away. The call does not keep the process alive.
 * @returns what cancels it.
 */
export function openSubchannelStream(
  subchannel: SubchannelInterface,
  { authority, service, method, request }: StreamRequest,
  listener: StreamListener,
): () => void {
  const connected = subchannel.getRealSubchannel();
  let call: SubchannelCall | undefined;
  let isOver = false;
  const end = (code: status) => {
    if (isOver) return;
    isOver = true;
    listener.onEnd(code);
  };
  const start = async () => {
    const context = { method_name: method, service_url: `https://${authority}/${service}` };
    const metadata = await connected.getCallCredentials().generateMetadata(context);
    if (isOver) return;
    const begun = connected.createCall(metadata, authority, `/${service}/${method}`, {
      onReceiveMetadata: () => undefined,
      onReceiveMessage: (message: Buffer) => {
        if (isOver) return;
        listener.onMessage(message.subarray(PREFIX_LENGTH));
        begun.startRead();
      },
      onReceiveStatus: ({ code }) => end(code),
    });
    call = begun;
    (connected as unknown as Connected).transport?.removeActiveCall(begun);
    begun.sendMessageWithContext({}, framed(request));
    begun.halfClose();
    begun.startRead();
  };
  start().catch(() => end(status.UNAVAILABLE));
  return () => {
    isOver = true;
    call?.cancelWithStatus(status.CANCELLED, 'No longer wanted');
  };
}

function framed(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(PREFIX_LENGTH);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

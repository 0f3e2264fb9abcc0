import type { Client, ServiceError } from '@grpc/grpc-js';
import { UsageError } from '../errors.js';
import type { Rpc } from './find-rpc.js';

/** What can end a call early. */
export interface CallBounds {
  readonly deadline: Date;
  /** Aborted when the user interrupts the command. */
  readonly signal: AbortSignal;
}

/**
 * Makes one call with one request, and reports each message of the response.
 * @throws ServiceError; UsageError when the rpc takes a stream of requests
 */
export async function makeCall(
  client: Client,
  { path, requestStream, responseStream, requestSerialize, responseDeserialize }: Rpc,
  request: object,
  { deadline, signal }: CallBounds,
  onMessage: (message: object) => void,
): Promise<void> {
  if (requestStream)
    throw new UsageError(`${path.slice(1)} takes a stream of requests, but a call sends only one.`);
  if (responseStream) {
    const stream = client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      { deadline },
    );
    onAbort(signal, stream);
    for await (const message of stream) onMessage(message as object);
    return;
  }
  onMessage(
    await new Promise<object>((resolve, reject) => {
      const call = client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        { deadline },
        (error: ServiceError | null, response?: object) =>
          error ? reject(error) : resolve(response ?? {}),
      );
      onAbort(signal, call);
    }),
  );
}

/** Cancels a call or a stream when the signal is aborted. */
export function onAbort(signal: AbortSignal, call: { cancel(): void }): void {
  signal.addEventListener('abort', () => call.cancel(), { once: true });
}

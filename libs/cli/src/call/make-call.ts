import type { Client, ServiceError } from '@grpc/grpc-js';
import { UsageError } from '../errors.js';
import type { Rpc } from './find-rpc.js';

/**
 * Makes one call with one request; tells of each message of the answer.
 * @throws ServiceError; UsageError when the rpc takes a stream of requests
 */
export async function makeCall(
  client: Client,
  { path, requestStream, responseStream, requestSerialize, responseDeserialize }: Rpc,
  request: object,
  deadline: Date,
  onMessage: (message: object) => void,
): Promise<void> {
  if (requestStream)
    throw new UsageError(`${path.slice(1)} takes a stream of requests, and one is given.`);
  if (responseStream) {
    const stream = client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      {
        deadline,
      },
    );
    for await (const message of stream) onMessage(message as object);
    return;
  }
  onMessage(
    await new Promise<object>((resolve, reject) => {
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        { deadline },
        (error: ServiceError | null, response?: object) =>
          error ? reject(error) : resolve(response ?? {}),
      );
    }),
  );
}

import type { Filter, FilterFactory } from '../grpc/experimental.js';

/** grpc-js's `WriteFlags.NoCompress`. */
const NO_COMPRESS = 2;

/** Lets the requests of a method go as they are on a channel that compresses those of others. One serves all calls. */
export class PlainMessagesFilter implements Filter, FilterFactory {
  createFilter(): Filter {
    return this;
  }

  sendMessage: Filter['sendMessage'] = async (pending) => {
    const write = await pending;
    return { ...write, flags: (write.flags ?? 0) | NO_COMPRESS };
  };

  sendMetadata: Filter['sendMetadata'] = (metadata) => metadata;
  receiveMetadata: Filter['receiveMetadata'] = (metadata) => metadata;
  receiveMessage: Filter['receiveMessage'] = (message) => message;
  receiveTrailers: Filter['receiveTrailers'] = (trailers) => trailers;
}

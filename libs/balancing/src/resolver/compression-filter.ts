import { promisify } from 'node:util';
import { deflate, gzip } from 'node:zlib';
import type { Metadata } from '@grpc/grpc-js';
import type { Filter, FilterFactory } from '../grpc/experimental.js';

/** gRPC's frame: one byte that says whether the message is compressed, and four for its length. */
const HEADER_BYTES = 5;
/** grpc-js's `WriteFlags.NoCompress`. */
const NO_COMPRESS = 2;

const compress = { gzip: promisify(gzip), deflate: promisify(deflate) };

/**
 * Compresses the requests of one method. grpc-js has the choice for a whole channel only; its filter, which stands below
 * this one and has framed the messages, is told to send them as they are.
 */
export class CompressionFilter implements Filter, FilterFactory {
  constructor(private readonly encoding: keyof typeof compress) {}

  createFilter(): Filter {
    return this;
  }

  async sendMetadata(metadata: Promise<Metadata>): Promise<Metadata> {
    const headers = await metadata;
    headers.set('grpc-encoding', this.encoding);
    return headers;
  }

  sendMessage: Filter['sendMessage'] = async (pending) => {
    const write = await pending;
    const isFramedPlain = write.message.length >= HEADER_BYTES && write.message[0] === 0;
    if (!isFramedPlain || ((write.flags ?? 0) & NO_COMPRESS) !== 0) return write;
    const body = await compress[this.encoding](write.message.subarray(HEADER_BYTES));
    const message = Buffer.allocUnsafe(HEADER_BYTES + body.length);
    message.writeUInt8(1, 0);
    message.writeUInt32BE(body.length, 1);
    body.copy(message, HEADER_BYTES);
    return { ...write, message };
  };

  receiveMetadata: Filter['receiveMetadata'] = (metadata) => metadata;
  receiveMessage: Filter['receiveMessage'] = (message) => message;
  receiveTrailers: Filter['receiveTrailers'] = (trailers) => trailers;
}

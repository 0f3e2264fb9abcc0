import type { Options } from '@grpc/proto-loader';

/** Messages as protobuf's JSON has them, as far as the loader can. */
export const loaderOptions: Options = {
  longs: String,
  enums: String,
  bytes: String,
  defaults: true,
  oneofs: true,
};

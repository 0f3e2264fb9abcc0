import type { ServerInterceptor, ServerOptions } from '@grpc/grpc-js';
import type { GrpcOptions } from '@nestjs/microservices';
import { ignoredChannelOptions } from '../options/channel-option-names.js';
import { grpcChannelOptions } from '../options/grpc-options.js';

/** Options of a server of grpc-js, made of Nest's. */
export function grpcServerOptions(
  given: GrpcOptions['options'],
  interceptors: ServerInterceptor[],
  warn: (message: string) => void,
): ServerOptions {
  const options = grpcChannelOptions(given);
  const ignored = ignoredChannelOptions(options ?? {});
  if (ignored.length > 0) {
    warn(`grpc-js ignores of the options of discoverable(): ${ignored.join(', ')}`);
  }
  return { ...options, interceptors };
}

import type { ServerInterceptor, ServerOptions } from '@grpc/grpc-js';
import type { GrpcOptions } from '@nestjs/microservices';

/** Options of a server of grpc-js, made of Nest's as Nest's own server does it. */
export function grpcServerOptions(
  options: GrpcOptions['options'],
  keepalive: ServerOptions,
  interceptors: ServerInterceptor[],
): ServerOptions {
  const { channelOptions, maxSendMessageLength, maxReceiveMessageLength, maxMetadataSize } =
    options;
  return {
    ...channelOptions,
    ...(maxSendMessageLength && { 'grpc.max_send_message_length': maxSendMessageLength }),
    ...(maxReceiveMessageLength && { 'grpc.max_receive_message_length': maxReceiveMessageLength }),
    ...(maxMetadataSize && { 'grpc.max_metadata_size': maxMetadataSize }),
    ...keepalive,
    interceptors,
  };
}

import {
  BalancedClient,
  Call,
  type BidiStreamingCall,
  type ServerStreamingCall,
  type UnaryCall,
} from '@grpc-discovery/nestjs';
import {
  greeterProto,
  type HelloManyRequest,
  type HelloReply,
  type HelloRequest,
} from '@grpc-discovery/proto';

/** Without retries, so that every failed attempt counts. */
@BalancedClient({ service: 'greeter', ...greeterProto })
export abstract class GreeterClient {
  @Call({ timeoutMs: 10_000 })
  abstract readonly sayHello: UnaryCall<HelloRequest, HelloReply>;

  @Call()
  abstract readonly sayHelloStreamReply: ServerStreamingCall<HelloManyRequest, HelloReply>;

  @Call()
  abstract readonly sayHelloBidiStream: BidiStreamingCall<HelloRequest, HelloReply>;
}

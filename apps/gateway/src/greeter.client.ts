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

/** Calls the service "greeter" with the policy that it publishes. */
@BalancedClient({ service: 'greeter', ...greeterProto })
export class GreeterClient {
  @Call({ timeoutMs: 1_000 })
  readonly sayHello!: UnaryCall<HelloRequest, HelloReply>;

  @Call()
  readonly sayHelloStreamReply!: ServerStreamingCall<HelloManyRequest, HelloReply>;

  @Call()
  readonly sayHelloBidiStream!: BidiStreamingCall<HelloRequest, HelloReply>;
}

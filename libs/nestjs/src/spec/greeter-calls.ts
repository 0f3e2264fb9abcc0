import { greeterProto, type HelloReply, type HelloRequest } from '@grpc-discovery/proto';
import { Client, credentials } from '@grpc/grpc-js';
import type { BidiStreamingCall, ServerStreamingCall, UnaryCall } from '../client/call-types.js';
import { contractService } from '../client/contract.js';
import { rpcCall } from '../client/rpc-calls.js';

/** Calls of one greeter by its address, with no balancing between. */
export class GreeterCalls {
  readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
  readonly sayHelloStreamReply: ServerStreamingCall<{ name: string }, HelloReply>;
  readonly sayHelloBidiStream: BidiStreamingCall<HelloRequest, HelloReply>;
  private readonly client: Client;

  constructor(address: string) {
    this.client = new Client(address, credentials.createInsecure());
    const { methods } = contractService('spec', greeterProto);
    const call = (name: string) => rpcCall(this.client, methods.get(name)!, {}) as never;
    this.sayHello = call('sayHello');
    this.sayHelloStreamReply = call('sayHelloStreamReply');
    this.sayHelloBidiStream = call('sayHelloBidiStream');
  }

  close(): void {
    this.client.close();
  }
}

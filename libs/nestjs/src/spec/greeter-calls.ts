import { greeterProto, type HelloReply, type HelloRequest } from '@grpc-discovery/proto';
import { Client, credentials, type ChannelOptions } from '@grpc/grpc-js';
import type { BidiStreamingCall, ServerStreamingCall, UnaryCall } from '../client/call-types.js';
import { contractService } from '../client/contract.js';
import { rpcCall } from '../client/rpc-calls.js';

/** Calls of greeters at a target: of one, with no balancing between, where that is an address. */
export class GreeterCalls {
  readonly sayHello: UnaryCall<HelloRequest, HelloReply>;
  readonly sayHelloStreamReply: ServerStreamingCall<{ name: string }, HelloReply>;
  readonly sayHelloBidiStream: BidiStreamingCall<HelloRequest, HelloReply>;
  private readonly client: Client;

  constructor(target: string, options: ChannelOptions = {}) {
    this.client = new Client(target, credentials.createInsecure(), options);
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

import {
  discoveryTarget,
  explainCall,
  type CallExplanation,
  type CallQuestion,
} from '@grpc-discovery/balancing';
import { Client, credentials as grpcCredentials } from '@grpc/grpc-js';
import { Injectable } from '@nestjs/common';
import { ClientGrpcProxy, type ClientGrpc } from '@nestjs/microservices';
import type { RpcServiceOptions, ServiceChannelOptions } from './balanced-client.decorator.js';
import { ServiceChannels } from './service-channels.js';

/** How a service is reached, and by which contract. */
export type GrpcClientOptions = RpcServiceOptions & ServiceChannelOptions;

/** gRPC clients of both kinds, grpc-js's own and Nest's, over the channels of the module. */
@Injectable()
export class GrpcClients {
  constructor(private readonly channels: ServiceChannels) {}

  /** A bare client of grpc-js, for calls by method definition. */
  client(service: string): Client {
    return new Client(
      discoveryTarget(service),
      grpcCredentials.createInsecure(),
      this.channels.clientOptions(service),
    );
  }

  /** What would become of a call; nothing while the service's channel waits for the registry. */
  explain(service: string, question: CallQuestion): CallExplanation | undefined {
    return explainCall(this.channels.channelOptions(service), question);
  }

  /** Nest's client, whose methods return Observables. */
  clientGrpc(options: RpcServiceOptions & Pick<ServiceChannelOptions, 'service'>): ClientGrpc {
    return new ClientGrpcProxy({
      ...options,
      url: discoveryTarget(options.service),
      channelOptions: this.channels.clientOptions(options.service),
    });
  }
}

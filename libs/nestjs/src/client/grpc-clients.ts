import {
  discoveryTarget,
  explainCall,
  type CallExplanation,
  type CallQuestion,
} from '@grpc-discovery/balancing';
import { Client, credentials as grpcCredentials, type Interceptor } from '@grpc/grpc-js';
import { Injectable } from '@nestjs/common';
import { ClientGrpcProxy, type ClientGrpc } from '@nestjs/microservices';
import type { GrpcContractOptions } from '../options/grpc-options.js';
import type { RpcServiceOptions, ServiceChannelOptions } from './balanced-client.decorator.js';
import { ServiceChannels } from './service-channels.js';
import { setupErrors } from '../errors.js';

/** How a service is reached, and by which contract. */
export type GrpcClientOptions = RpcServiceOptions & ServiceChannelOptions;

/** A contract, and the service to call by it. */
export type ServiceContract = GrpcContractOptions & Pick<ServiceChannelOptions, 'service'>;

/** gRPC clients of both kinds, grpc-js's own and Nest's, over the channels of the module. */
@Injectable()
export class GrpcClients {
  constructor(private readonly channels: ServiceChannels) {}

  /**
   * A bare client of grpc-js, for calls by method definition.
   * @param interceptors Interceptors of this client only.
   */
  client(service: string, interceptors?: readonly Interceptor[]): Client {
    return new Client(
      discoveryTarget(service),
      grpcCredentials.createInsecure(),
      this.channels.clientOptions(service, interceptors),
    );
  }

  /** Explains where a call would go; undefined while the service's channel waits for the registry. */
  explain(service: string, question: CallQuestion): CallExplanation | undefined {
    return explainCall(this.channels.channelOptions(service), question);
  }

  /**
   * Nest's client, whose methods return Observables.
   * @param interceptors Interceptors of this client only.
   */
  clientGrpc(
    { service, ...contract }: ServiceContract,
    interceptors?: readonly Interceptor[],
  ): ClientGrpc {
    return new ClientGrpcProxy({
      ...contract,
      url: discoveryTarget(service),
      channelOptions: this.channels.clientOptions(service, interceptors),
    });
  }

  /**
   * The stub of one service of a contract, whose methods return Observables.
   * @param name Of the rpc service, without its package.
   * @throws DiscoverySetupError
   */
  stub(contract: ServiceContract, name: string, interceptors?: readonly Interceptor[]): object {
    const client = this.clientGrpc(contract, interceptors);
    assertOneCopy(client.getClientByServiceName(name));
    return client.getService<object>(name);
  }
}

/** A client of another copy of grpc-js would use private members that this channel may lack. */
export function assertOneCopy(client: unknown): void {
  if (!(client instanceof Client)) throw setupErrors.secondGrpcJs();
}

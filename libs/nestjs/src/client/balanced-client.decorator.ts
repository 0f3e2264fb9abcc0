import 'reflect-metadata';
import type {
  HealthWatchOptions,
  MassRemovalOptions,
  MethodOptions,
  PolicyConfig,
  RetryBudget,
} from '@grpc-discovery/balancing';
import type { ChannelCredentials, ClientOptions } from '@grpc/grpc-js';
import type { Abstract, Type } from '@nestjs/common';
import type { GrpcContractOptions, GrpcLimitOptions } from '../options/grpc-options.js';
import type { ClientTlsOptions } from '../tls/tls.options.js';
import { contractErrors } from '../errors.js';

/** How one service is reached. All clients of a service in a process share one channel, so these must agree. */
export interface ServiceChannelOptions extends GrpcLimitOptions {
  /** Name under which the service's instances are registered. */
  readonly service: string;
  /**
   * Balances calls over the instances.
   * @default the policy that the service publishes, else weightedRoundRobin()
   */
  readonly policy?: PolicyConfig;
  /**
   * Bounds retries and hedges when many calls fail.
   * @default the budget that the service publishes, else none
   */
  readonly retryBudget?: RetryBudget;
  /**
   * TLS, with certificates that are reloaded while the channel is open. Excludes `credentials`.
   * @default `tls` of `DiscoveryModule.forRoot`
   */
  readonly tls?: ClientTlsOptions;
  /**
   * TLS and call credentials of grpc-js. They override `tls` of `DiscoveryModule.forRoot`.
   * @default `tls`, else insecure, as inside a mesh or a private network
   */
  readonly credentials?: ChannelCredentials;
  /**
   * Watches the health that instances report by grpc.health.v1: an instance that reports NOT_SERVING gets no new calls. `false`
   * disables the watch.
   * @default the health of the server as a whole
   */
  readonly health?: HealthWatchOptions | false;
  /**
   * Holds connected instances for a bounded time when most instances vanish from the registry at once.
   * @default more than half of them within 5 s, for at most 30 s
   */
  readonly massRemoval?: MassRemovalOptions;
  /**
   * How long an attempt to connect to one instance may take, in milliseconds, TCP, TLS and HTTP/2 together.
   * @default 20_000
   */
  readonly connectTimeoutMs?: number;
  /**
   * Further options of grpc-js, such as `grpc.keepalive_time_ms`. They override the defaults of discovery channels. Its
   * `interceptors` apply to this client only.
   * @default none
   */
  readonly channelOptions?: ClientOptions;
}

/** The contract of a client, and which of its services it calls. */
export type RpcServiceOptions = GrpcContractOptions & {
  /**
   * Name of the service in the .proto file, with or without its package.
   * @default the only one of the contract
   */
  readonly rpcService?: string;
};

/** Options of `@BalancedClient`. Its call settings apply to all methods; `@Call` overrides them. */
export type BalancedClientOptions = RpcServiceOptions & ServiceChannelOptions & MethodOptions;

export type ClientClass<T extends object = object> = Abstract<T> | Type<T>;

const OPTIONS = Symbol('discovery:balanced-client');

/**
 * Makes a class an injectable client of a service: `DiscoveryModule.forFeature([GreeterClient])` provides it. Each of
 * its properties that is marked with `@Call` becomes a function that makes balanced calls.
 */
export function BalancedClient(options: BalancedClientOptions) {
  return (clientClass: ClientClass): void => {
    Reflect.defineMetadata(OPTIONS, options, clientClass);
  };
}

/** @throws ClientContractError if the class has no `@BalancedClient`. */
export function balancedClientOptions(clientClass: ClientClass): BalancedClientOptions {
  const options = Reflect.getMetadata(OPTIONS, clientClass) as BalancedClientOptions | undefined;
  if (!options) throw contractErrors.missingMetadata(clientClass.name);
  return options;
}

export {
  BalancedClient,
  type BalancedClientOptions,
  type ClientClass,
  type RpcServiceOptions,
  type ServiceChannelOptions,
} from './client/balanced-client.decorator.js';
export type { ModuleVisibility } from './options/async-options.js';
export type { GrpcContractOptions, GrpcLimitOptions } from './options/grpc-options.js';
export { Call, type CallDecoratorOptions } from './client/call.decorator.js';
export type {
  BidiStreamingCall,
  CallOptions,
  ClientStreamingCall,
  ServerStreamingCall,
  UnaryCall,
} from './client/call-types.js';
export { explain } from './client/create-balanced-client.js';
export {
  getClientGrpcToken,
  getGrpcServiceToken,
  InjectClientGrpc,
  InjectGrpcService,
  type ClientFeature,
} from './client/client.providers.js';
export {
  GrpcClients,
  type GrpcClientOptions,
  type ServiceContract,
} from './client/grpc-clients.js';
export { DiscoveryModule } from './discovery.module.js';
export type {
  DiscoveryModuleAsyncOptions,
  DiscoveryOptionsFactory,
} from './discovery.module-definition.js';
export type { DiscoveryModuleOptions } from './discovery.options.js';
export type { ServiceOptions } from './server/service-options.js';
export { DISCOVERY_OPTIONS, DISCOVERY_REGISTRY } from './discovery.tokens.js';
export { ClientContractError, DiscoverySetupError, type DiscoverySetupCode } from './errors.js';
export { InvalidOptionError } from '@grpc-discovery/registry';
export { GrpcErrorFilter, type GrpcErrorBody } from './http/grpc-error.filter.js';
export type { PublishedServiceConfig } from './server/config-publisher.js';
export type { LeaveBy, ReadinessCheck, ReadinessOptions } from './readiness/readiness.options.js';
export { discoverable, type DiscoverableOptions } from './server/discoverable.js';
export type { DrainResult } from './drain/drain.js';
export type { DrainOptions } from './drain/drain-options.js';
export { LocalInstances, type DrainEvent, type DrainListener } from './server/local-instances.js';
export type { ClientTlsOptions, ServerTlsOptions } from './tls/tls.options.js';
export {
  consistentHash,
  filterInstances,
  InvalidPolicyError,
  leastRequest,
  outlierDetection,
  pickFirst,
  preferLocality,
  random,
  roundRobin,
  slowStart,
  subset,
  UnsupportedGrpcJsError,
  weightedRoundRobin,
  type CallChoice,
  type CallExplanation,
  type CandidateExplanation,
  type HedgingOptions,
  type MethodOptions,
  type PassedOverReason,
  type PolicyConfig,
  type RetryBudget,
  type RetryOptions,
} from '@grpc-discovery/balancing';

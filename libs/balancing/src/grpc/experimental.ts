/**
 * The only door to grpc-js's experimental surface, which has changed incompatibly between minor versions (1.13 → 1.14).
 * experimental.spec.ts names each member used here that is missing or has changed shape.
 */
import { experimental } from '@grpc/grpc-js';

export const {
  CHANNEL_ARGS_CONFIG_SELECTOR_KEY,
  SUBCHANNEL_ARGS_EXCLUDE_KEY_PREFIX,
  PickResultType,
  parseDuration,
  parseLoadBalancingConfig,
  registerLoadBalancerType,
  registerResolver,
  splitHostPort,
  statusOrFromValue,
  subchannelAddressToString,
} = experimental;

/** Whether grpc-js has a policy of this name. Members of every object, such as `constructor`, are none. */
export function isLoadBalancerNameRegistered(name: string): boolean {
  return !(name in Object.prototype) && experimental.isLoadBalancerNameRegistered(name);
}

export type ChannelControlHelper = experimental.ChannelControlHelper;
export type ConfigSelector = experimental.ConfigSelector;
export type ConnectivityStateListener = experimental.ConnectivityStateListener;
export type Endpoint = experimental.Endpoint;
export type Filter = experimental.Filter;
export type FilterFactory = experimental.FilterFactory<experimental.Filter>;
export type GrpcUri = experimental.GrpcUri;
export type LoadBalancer = experimental.LoadBalancer;
export type PickArgs = experimental.PickArgs;
export type Picker = experimental.Picker;
export type PickResult = experimental.PickResult;
export type Resolver = experimental.Resolver;
export type ResolverListener = experimental.ResolverListener;
export type StatusOr<T> = experimental.StatusOr<T>;
export type SubchannelAddress = experimental.SubchannelAddress;
export type SubchannelInterface = experimental.SubchannelInterface;
export type TypedLoadBalancingConfig = experimental.TypedLoadBalancingConfig;

/** What {@link ConfigSelector.invoke} returns; grpc-js does not export the name. */
export type CallConfig = ReturnType<ConfigSelector['invoke']>;
export type MethodConfig = CallConfig['methodConfig'];
export type OnCallEnded = NonNullable<PickResult['onCallEnded']>;

type ServiceConfigArgument = NonNullable<Parameters<ResolverListener>[2]>;
/** A service config as grpc-js keeps it after validation. */
export type ServiceConfig = Extract<ServiceConfigArgument, { ok: true }>['value'];

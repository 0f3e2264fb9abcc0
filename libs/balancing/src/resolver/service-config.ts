import { Channel, credentials } from '@grpc/grpc-js';
import { parseDuration, type MethodConfig, type ServiceConfig } from '../grpc/experimental.js';
import { InvalidPolicyError } from '../policies/invalid-policy-error.js';
import type { PolicyConfig } from '../policies/policy.js';
import { weightedRoundRobin } from '../policies/weighted-round-robin.js';
import { channelPolicy } from './channel-policy.js';
import { assertServiceConfigRules } from './published-config-rules.js';
import type { OwnConfig } from './resolver-settings.js';

interface RawServiceConfig {
  readonly loadBalancingConfig?: readonly PolicyConfig[];
  readonly methodConfig?: readonly RawMethodConfig[];
  readonly retryThrottling?: ServiceConfig['retryThrottling'];
}

type RawMethodConfig = Omit<MethodConfig, 'timeout'> & {
  readonly timeout?: string | MethodConfig['timeout'];
};

/**
 * The service config of a channel without a published one. Call settings take precedence in this order, highest first: the
 * channel's options, its `grpc.service_config`, weighted round robin.
 * @param text The channel option `grpc.service_config`. The channel has validated it before it creates its resolver.
 * @throws InvalidPolicyError if a policy is unknown or has invalid settings.
 */
export function ownServiceConfig(text: string | undefined, own: OwnConfig): ServiceConfig {
  const raw = (text === undefined ? {} : JSON.parse(text)) as RawServiceConfig;
  assertServiceConfigRules(raw);
  // Without a fallback grpc-js would end with pick_first: one instance for all calls.
  const configs = [...(raw.loadBalancingConfig ?? []), weightedRoundRobin()];
  return serviceConfig({ ...raw, loadBalancingConfig: configs }, own);
}

/**
 * The service config of a channel with a published one, which replaces the whole `grpc.service_config`.
 * @throws InvalidPolicyError if it is invalid.
 */
export function publishedServiceConfig(json: string, own: OwnConfig): ServiceConfig {
  assertServiceConfigRules(parsed(json));
  try {
    validateServiceConfig(json);
  } catch (error) {
    const given = `not: ${(error as Error).message}`;
    const remedy = 'The last good one stays in use; publish a corrected one.';
    throw new InvalidPolicyError('the published service config', 'it', 'valid', given, remedy);
  }
  return serviceConfig(JSON.parse(json) as RawServiceConfig, own);
}

/** For text that is no JSON, `validateServiceConfig` throws the error of grpc-js. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
}

function serviceConfig(raw: RawServiceConfig, own: OwnConfig): ServiceConfig {
  // A published policy must be valid even if the channel's own policy overrides it.
  const fallback = channelPolicy(raw.loadBalancingConfig ?? [], own.methods);
  const retryThrottling = own.retryBudget ?? raw.retryThrottling;
  return {
    loadBalancingConfig: [own.policy ? channelPolicy([own.policy], own.methods) : fallback],
    methodConfig: (raw.methodConfig ?? []).map(withDuration),
    ...(retryThrottling && { retryThrottling }),
  };
}

/** grpc-js would read the fraction as nanoseconds: `0.25s` as 25 ns, a deadline that no call can meet. */
function withDuration({ timeout, ...config }: RawMethodConfig): MethodConfig {
  const duration = typeof timeout === 'string' ? parseDuration(timeout) : timeout;
  return duration ? { ...config, timeout: duration } : config;
}

/**
 * Checks a service config before it is published: gRPC's JSON form, with the policies of this package.
 * @throws InvalidPolicyError with the error that clients would report.
 */
export function assertServiceConfig(json: string): void {
  publishedServiceConfig(json, { methods: {} });
}

/**
 * Validates a service config by grpc-js's own rules, which only the constructor of a channel applies. The channel is never
 * used, so it neither resolves nor connects.
 * @throws Error that names the mistake.
 */
function validateServiceConfig(json: string): void {
  new Channel('ipv4:127.0.0.1:1', credentials.createInsecure(), {
    'grpc.service_config': json,
    'grpc.enable_channelz': 0,
    'grpc.enable_http_proxy': 0,
    'grpc.use_local_subchannel_pool': 1,
  }).close();
}

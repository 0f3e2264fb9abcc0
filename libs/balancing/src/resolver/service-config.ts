import type { OwnConfig } from '../channel/channel-args.js';
import type { PolicyConfig } from '../channel/policy-config.js';
import { parseDuration, type MethodConfig, type ServiceConfig } from '../grpc/experimental.js';
import { validateServiceConfig } from '../grpc/validate-service-config.js';
import { InvalidPolicyError } from '../policies/invalid-policy-error.js';
import { weightedRoundRobin } from '../policies/weighted-round-robin.js';
import { channelPolicy } from './channel-policy.js';
import { assertServiceConfigRules } from './published-config-rules.js';

interface RawServiceConfig {
  readonly loadBalancingConfig?: readonly PolicyConfig[];
  readonly methodConfig?: readonly RawMethodConfig[];
  readonly retryThrottling?: ServiceConfig['retryThrottling'];
}

type RawMethodConfig = Omit<MethodConfig, 'timeout'> & {
  readonly timeout?: string | MethodConfig['timeout'];
};

/**
 * The service config of a channel without a published one: what its options say, or else its `grpc.service_config`, or
 * else weighted round robin.
 * @param text the channel option, which the channel has found valid before it makes its resolver.
 * @throws InvalidPolicyError when a policy is unknown or has wrong settings.
 */
export function ownServiceConfig(text: string | undefined, own: OwnConfig): ServiceConfig {
  const raw = (text === undefined ? {} : JSON.parse(text)) as RawServiceConfig;
  assertServiceConfigRules(raw);
  // grpc-js takes the first that it knows, and would end with pick_first: one instance for all calls.
  const configs = [...(raw.loadBalancingConfig ?? []), weightedRoundRobin()];
  return serviceConfig({ ...raw, loadBalancingConfig: configs }, own);
}

/**
 * The service config of a channel under a published one, which takes the place of `grpc.service_config` as a whole.
 * @throws InvalidPolicyError when it can't be used.
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

/** Text that is no JSON is refused by grpc-js, in its words. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
}

function serviceConfig(raw: RawServiceConfig, own: OwnConfig): ServiceConfig {
  // What is published must be right, also where the channel's own policy goes before it.
  const fallback = channelPolicy(raw.loadBalancingConfig ?? [], own.methods);
  const retryThrottling = own.retryBudget ?? raw.retryThrottling;
  return {
    loadBalancingConfig: [own.policy ? channelPolicy([own.policy], own.methods) : fallback],
    methodConfig: (raw.methodConfig ?? []).map(withDuration),
    ...(retryThrottling && { retryThrottling }),
  };
}

/** grpc-js's own reading takes the fraction for nanoseconds: `0.25s` for 25 ns, a deadline that no call can keep. */
function withDuration({ timeout, ...config }: RawMethodConfig): MethodConfig {
  const duration = typeof timeout === 'string' ? parseDuration(timeout) : timeout;
  return duration ? { ...config, timeout: duration } : config;
}

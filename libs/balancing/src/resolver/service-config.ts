import type { PolicyConfig } from '../channel/policy-config.js';
import {
  parseDuration,
  parseLoadBalancingConfig,
  type MethodConfig,
  type ServiceConfig,
} from '../grpc/experimental.js';
import { defaultPolicy, policies } from '../policies/policies.js';

interface RawServiceConfig {
  readonly loadBalancingConfig?: readonly PolicyConfig[];
  readonly methodConfig?: readonly RawMethodConfig[];
  readonly retryThrottling?: ServiceConfig['retryThrottling'];
}

type RawMethodConfig = Omit<MethodConfig, 'timeout'> & {
  readonly timeout?: string | MethodConfig['timeout'];
};

/**
 * The service config of a discovery channel: the policy of its options, or else of its `grpc.service_config`, or else
 * weighted round robin; all else from `grpc.service_config`.
 * @param text the channel option, which the channel has found valid before it makes its resolver.
 * @throws Error when `policy` is unknown or has wrong settings.
 */
export function discoveryServiceConfig(
  text: string | undefined,
  policy: PolicyConfig | undefined,
): ServiceConfig {
  const raw = (text === undefined ? {} : JSON.parse(text)) as RawServiceConfig;
  const own = policy && translate(policy);
  if (own) parseLoadBalancingConfig(own);
  return {
    // grpc-js takes the first that it knows, and would end with pick_first: one instance for all calls.
    loadBalancingConfig: [
      ...(own ? [own] : (raw.loadBalancingConfig ?? []).map(translate)),
      translate({ [defaultPolicy]: {} }),
    ],
    methodConfig: (raw.methodConfig ?? []).map(withDuration),
    ...(raw.retryThrottling && { retryThrottling: raw.retryThrottling }),
  };
}

/**
 * Names of our policies become the names under which they are registered, also below policies that have children. The
 * key of these is `childPolicy` in gRPC's service config, and `child_policy` where grpc-js reads it.
 */
function translate(config: PolicyConfig): Record<string, object> {
  return mapEntries(config, (name, settings) => [
    isOurs(name) ? policies[name].typeName : name,
    mapEntries(settings, (key, value) => [
      key,
      /^child_?policy$/i.test(key) && Array.isArray(value)
        ? (value as PolicyConfig[]).map(translate)
        : value,
    ]),
  ]);
}

function mapEntries<From, To>(
  record: Readonly<Record<string, From>>,
  map: (key: string, value: From) => [string, To],
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => map(key, value)));
}

function isOurs(name: string): name is keyof typeof policies {
  return Object.hasOwn(policies, name);
}

/** grpc-js's own reading takes the fraction for nanoseconds: `0.25s` for 25 ns, a deadline that no call can keep. */
function withDuration({ timeout, ...config }: RawMethodConfig): MethodConfig {
  const duration = typeof timeout === 'string' ? parseDuration(timeout) : timeout;
  return duration ? { ...config, timeout: duration } : config;
}

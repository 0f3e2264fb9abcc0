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

/** Names of our policies become the names under which they are registered, also below policies that have children. */
function translate(config: PolicyConfig): Record<string, object> {
  return Object.fromEntries(
    Object.entries(config).map(([name, settings]) => {
      const { childPolicy } = settings;
      const translated = Array.isArray(childPolicy)
        ? { ...settings, childPolicy: (childPolicy as PolicyConfig[]).map(translate) }
        : settings;
      return [isOurs(name) ? policies[name].typeName : name, translated];
    }),
  );
}

function isOurs(name: string): name is keyof typeof policies {
  return Object.hasOwn(policies, name);
}

/** grpc-js's own reading takes the fraction for nanoseconds: `0.25s` for 25 ns, a deadline that no call can keep. */
function withDuration({ timeout, ...config }: RawMethodConfig): MethodConfig {
  const duration = typeof timeout === 'string' ? parseDuration(timeout) : timeout;
  return duration ? { ...config, timeout: duration } : config;
}

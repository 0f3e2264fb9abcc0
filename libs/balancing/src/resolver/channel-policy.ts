import {
  isLoadBalancerNameRegistered,
  parseLoadBalancingConfig,
  type ServiceConfig,
  type TypedLoadBalancingConfig,
} from '../grpc/experimental.js';
import { InvalidPolicyError } from '../policies/invalid-policy-error.js';
import { outlierDetectionPolicy, toGrpcJs } from '../policies/outlier-detection.js';
import {
  entryOf,
  isOwnPolicy,
  parsePolicy,
  policyName,
  unknownPolicy,
} from '../policies/policies.js';
import type { PolicyConfig, PolicyFactory } from '../policies/policy.js';
import { SettingsReader } from '../policies/settings-reader.js';
import { weightedRoundRobin } from '../policies/weighted-round-robin.js';
import type { MethodOptionsByPath } from './method-options.js';

/** A policy of a channel. Its text shows whether it is the same in the next config. */
interface NamedPolicy {
  readonly text: string;
  /** For people: see {@link policyName}. */
  readonly name: string;
  readonly create: PolicyFactory;
}

/** Key of the policy for calls whose method has no policy of its own. */
export const CHANNEL_POLICY = '';

/** Key of the call's policy in the `pickInformation` of its config. */
export const POLICY_PICK_INFORMATION = 'policy';

/** Key of the call's path in the `pickInformation` of its config. */
export const METHOD_PICK_INFORMATION = 'method';

/**
 * All policies of one channel, under a single name that grpc-js knows: when policies change, grpc-js keeps the balancer, and
 * the balancer keeps its subchannels.
 */
export class InstanceBalancerConfig implements TypedLoadBalancingConfig {
  static readonly typeName = 'grpc_discovery.instances';

  /** @param configs The configs from which the policies were parsed. */
  constructor(
    private readonly configs: Readonly<Record<string, PolicyConfig>>,
    readonly policies: ReadonlyMap<string, NamedPolicy>,
  ) {}

  /** @throws InvalidPolicyError */
  static createFromJson(json: {
    readonly policies: Readonly<Record<string, PolicyConfig>>;
  }): InstanceBalancerConfig {
    const policies = Object.entries(json.policies).map(([key, config]): [string, NamedPolicy] => [
      key,
      { text: JSON.stringify(config), name: policyName(config), create: parsePolicy([config]) },
    ]);
    return new InstanceBalancerConfig(json.policies, new Map(policies));
  }

  getLoadBalancerName(): string {
    return InstanceBalancerConfig.typeName;
  }

  toJsonObject(): object {
    return { [InstanceBalancerConfig.typeName]: { policies: this.configs } };
  }
}

type LoadBalancingConfig = ServiceConfig['loadBalancingConfig'][number];

/** Key of a method's policy: equal configs are one policy. */
export function policyKey(policy: PolicyConfig): string {
  return JSON.stringify(policy);
}

/**
 * The `loadBalancingConfig` for grpc-js: all policies of the channel in one {@link InstanceBalancerConfig}, inside grpc-js's
 * outlier detection if the channel's policy has it.
 * @param configs The first known one serves the calls of all methods without a policy of their own.
 * @throws InvalidPolicyError
 */
export function channelPolicy(
  configs: readonly PolicyConfig[],
  methods: MethodOptionsByPath,
): LoadBalancingConfig {
  const perMethod = Object.values(methods).flatMap(({ policy }) => (policy ? [policy] : []));
  const config = firstKnown(configs) ?? weightedRoundRobin();
  const [name, settings] = entryOf(config);
  if (name === outlierDetectionPolicy.name) {
    new SettingsReader(name, settings, parsePolicy).child();
    const { child_policy, ...rest } = toGrpcJs(name, settings as object);
    const child = instances(firstKnown(child_policy as PolicyConfig[])!, perMethod);
    return checked({ [name]: { ...rest, child_policy: [child] } });
  }
  if (isOwnPolicy(name)) return instances(config, perMethod);
  if (perMethod.length === 0) return checked(config);
  throw new InvalidPolicyError(
    'methods',
    'their policies',
    "combined with a channel's policy of this package",
    `combined with ${name} of grpc-js`,
    'Choose another policy for the channel.',
  );
}

function instances(policy: PolicyConfig, perMethod: readonly PolicyConfig[]): LoadBalancingConfig {
  const policies: Record<string, PolicyConfig> = { [CHANNEL_POLICY]: policy };
  for (const it of perMethod) policies[policyKey(it)] = it;
  const json = { policies };
  InstanceBalancerConfig.createFromJson(json);
  return { [InstanceBalancerConfig.typeName]: json };
}

/** @throws InvalidPolicyError with the message of grpc-js. */
function checked(config: LoadBalancingConfig): LoadBalancingConfig {
  try {
    parseLoadBalancingConfig(config);
    return config;
  } catch (error) {
    const [name] = Object.keys(config);
    const given = `refused: ${(error as Error).message}`;
    throw new InvalidPolicyError(
      name!,
      'its settings',
      'what grpc-js accepts',
      given,
      'Correct it.',
    );
  }
}

function firstKnown(configs: readonly PolicyConfig[]): PolicyConfig | undefined {
  if (configs.length === 0) return undefined;
  const known = configs.find((config) => {
    const [name] = entryOf(config);
    return isOwnPolicy(name) || isLoadBalancerNameRegistered(name);
  });
  if (known) return known;
  throw unknownPolicy(configs);
}

import type { PolicyConfig } from '../channel/policy-config.js';
import type { TypedLoadBalancingConfig } from '../grpc/experimental.js';
import { parsePolicy, policyName } from '../policies/policies.js';
import type { PolicyFactory } from '../policies/policy.js';

/** A policy of a channel, with the text by which it is known to be the same one in the next config. */
export interface NamedPolicy {
  readonly text: string;
  /** For people: {@link policyName}. */
  readonly name: string;
  readonly create: PolicyFactory;
}

/** Key of the policy for calls that name none. */
export const CHANNEL_POLICY = '';

/** Key in the `pickInformation` of a call's config that names the policy of the call. */
export const POLICY_PICK_INFORMATION = 'policy';

/** Key of the call's path there. */
export const METHOD_PICK_INFORMATION = 'method';

/**
 * All policies of one channel, under one name that grpc-js knows: however policies change, it keeps one balancer, and with
 * it the subchannels.
 */
export class InstanceBalancerConfig implements TypedLoadBalancingConfig {
  static readonly typeName = 'grpc_discovery.instances';

  /** @param configs what the policies were parsed from. */
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

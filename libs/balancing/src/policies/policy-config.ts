import type { PolicyConfig, PolicyFactory } from './policy.js';
import { SettingsReader } from './settings-reader.js';

/** A kind of policy, identified by its name in a service config. */
export interface PolicyType {
  readonly name: string;
  /** @throws InvalidPolicyError if a setting is invalid. */
  parse(settings: SettingsReader): PolicyFactory;
}

/**
 * The validated config of a policy of this package. Child policies are not validated here: their own builders do it, and
 * `discoveryChannelOptions` does it again.
 * @throws InvalidPolicyError
 */
export function policyConfig(type: PolicyType, options: object): PolicyConfig {
  const settings = definedOf(options);
  const reader = new SettingsReader(type.name, settings, () => uncalled);
  type.parse(reader);
  reader.refuseUnknown();
  return { [type.name]: settings };
}

/** The config of a policy around another. */
export function wrapperConfig(type: PolicyType, child: PolicyConfig, options: object) {
  return policyConfig(type, { ...options, childPolicy: [child] });
}

function definedOf(options: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

const uncalled = (): never => {
  throw new Error('A policy that is only validated is never created');
};

import type { PolicyConfig } from '../channel/policy-config.js';
import type { PolicyType } from './policy.js';
import { SettingsReader } from './settings-reader.js';

/**
 * The config of a policy of this package, checked. Policies below a wrapper are not looked at: they are checked by their
 * own builders, and once more when the channel's options are made.
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
  throw new Error('A policy that is only checked is never created');
};

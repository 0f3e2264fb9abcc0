import { isLoadBalancerNameRegistered } from '../grpc/experimental.js';
import { consistentHashPolicy } from './consistent-hash.js';
import { filterInstancesPolicy } from './filter-instances.js';
import { InvalidPolicyError, show } from './invalid-policy-error.js';
import { leastRequestPolicy } from './least-request.js';
import { pickFirstPolicy } from './pick-first.js';
import type { PolicyType } from './policy-config.js';
import type { PolicyConfig, PolicyFactory } from './policy.js';
import { preferLocalityPolicy } from './prefer-locality.js';
import { randomPolicy } from './random.js';
import { roundRobinPolicy } from './round-robin.js';
import { SettingsReader } from './settings-reader.js';
import { slowStartPolicy } from './slow-start.js';
import { subsetPolicy } from './subset.js';
import { weightedRoundRobinPolicy } from './weighted-round-robin.js';

/** The policies of this package by name in a service config. In discovery channels they override grpc-js's own. */
const policyTypes: ReadonlyMap<string, PolicyType> = new Map(
  [
    consistentHashPolicy,
    filterInstancesPolicy,
    leastRequestPolicy,
    pickFirstPolicy,
    preferLocalityPolicy,
    randomPolicy,
    roundRobinPolicy,
    slowStartPolicy,
    subsetPolicy,
    weightedRoundRobinPolicy,
  ].map((type) => [type.name, type]),
);

/** Names of the policies of this package, except `outlier_detection`, which wraps a whole channel. */
export const ownPolicyNames: readonly string[] = [...policyTypes.keys()];

export function isOwnPolicy(name: string): boolean {
  return policyTypes.has(name);
}

/** Name and settings of a config. @throws InvalidPolicyError unless it has exactly one key. */
export function entryOf(config: PolicyConfig): [name: string, settings: unknown] {
  const entries = typeof config === 'object' && config !== null ? Object.entries(config) : [];
  if (entries.length === 1) return entries[0]!;
  throw new InvalidPolicyError(
    'a policy',
    'its config',
    'an object of one key, the name of the policy',
    entries.length === 0 ? show(config) : `one of the keys ${Object.keys(config).join(', ')}`,
    'Make it with a builder, such as roundRobin().',
  );
}

/**
 * Parses and validates the first of these policies that is known. As in gRPC, policies of unknown names are skipped, so that a
 * published config can name newer policies before older ones.
 * @throws InvalidPolicyError if none is known, or if a setting of the first known one is invalid.
 */
export function parsePolicy(configs: readonly PolicyConfig[]): PolicyFactory {
  for (const config of configs) {
    const [name, settings] = entryOf(config);
    const type = policyTypes.get(name);
    if (!type) continue;
    const reader = new SettingsReader(name, settings, parsePolicy);
    const factory = type.parse(reader);
    reader.refuseUnknown();
    return factory;
  }
  throw unknownPolicy(configs);
}

/** Names of a parsed policy and its child policies, outermost first: `slow_start > least_request`. */
export function policyName(config: PolicyConfig): string {
  const [name, settings] = entryOf(config);
  const { childPolicy = [] } = settings as { readonly childPolicy?: readonly PolicyConfig[] };
  const child = childPolicy.find((it) => isOwnPolicy(entryOf(it)[0]));
  return child ? `${name} > ${policyName(child)}` : name;
}

export function unknownPolicy(configs: readonly PolicyConfig[]): InvalidPolicyError {
  const names = configs.flatMap((config) => Object.keys(config));
  if (names.includes('outlier_detection')) {
    return new InvalidPolicyError(
      'outlier_detection',
      'its place',
      'around the policy of a channel',
      'inside another policy, or at a method',
      'Make it the outermost policy of the client: it evaluates all calls.',
    );
  }
  const isForeign = names.some((name) => isLoadBalancerNameRegistered(name));
  return new InvalidPolicyError(
    'a policy',
    'its name',
    `one of ${[...policyTypes.keys(), 'outlier_detection'].join(', ')}`,
    names.join(', ') || 'not given',
    isForeign
      ? 'A policy of grpc-js can only serve a whole channel, with no other policy around it.'
      : 'Check its spelling.',
  );
}

import type { PolicyConfig } from '../channel/policy-config.js';
import { wrapperConfig } from './policy-config.js';
import type { PolicyType } from './policy.js';
import { WrappedPolicy } from './wrapped-policy.js';

export interface SubsetOptions {
  /** How many instances this client connects to: all, when there are no more. 1 to 65_535. */
  readonly size: number;
  /**
   * Name of this client among all that call the service, the same after a restart.
   * @default drawn anew for each channel
   */
  readonly clientId?: string;
  /**
   * Number of this client among all that call the service, from 0, such as the ordinal of a stateful set. Instances then
   * serve the same number of clients, give or take a few; with a mere name they do so only on average.
   * @default none
   */
  readonly clientIndex?: number;
}

/** Each client connects to some of the instances only: many clients of many instances keep few connections. */
export function subset(policy: PolicyConfig, options: SubsetOptions): PolicyConfig {
  return wrapperConfig(subsetPolicy, policy, options);
}

export const subsetPolicy: PolicyType = {
  name: 'subset',
  parse(settings) {
    const remedy = 'Use 10 to 20, so that one that fails is not missed.';
    const size = settings.integer('size', { min: 1, max: 65_535, remedy });
    if (size === undefined) throw settings.invalid('size', 'given', undefined, remedy);
    const clientId = settings.string('clientId', 'Leave it out to have one drawn.');
    const clientIndex = settings.integer('clientIndex', {
      min: 0,
      max: 1_000_000,
      remedy: 'Count clients from 0.',
    });
    const child = settings.child();
    void [clientId, clientIndex];
    return (context) => new Subset(child(context));
  },
};

class Subset extends WrappedPolicy {}

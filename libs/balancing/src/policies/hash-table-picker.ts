import type { BalancedEndpoint } from '../balancer/balanced-endpoint.js';
import type { PickArgs } from '../grpc/experimental.js';
import type { LoadBound } from './consistent-hash.js';
import { hashText } from './hash.js';
import type { EndpointPicker, PolicyContext } from './policy.js';
import type { Owner, SlotTable } from './slot-table.js';

/** An endpoint as owner of slots: known by its address, since keys are to come back after a restart. */
export class HashOwner implements Owner {
  readonly hash: number;
  readonly weight: number;

  constructor(readonly endpoint: BalancedEndpoint) {
    this.hash = hashText(endpoint.address);
    this.weight = endpoint.instance.weight || 1;
  }
}

/** Keeps 11 from becoming 12 for want of exact arithmetic. */
const ROUNDING = 1e-6;

/**
 * Sends a call to the owner of its key's slot or, when that has more than its bounded share of the calls in flight (Mirrokni
 * and others, "Consistent Hashing with Bounded Loads"), to the owner of the next slot that has not.
 */
export class HashTablePicker implements EndpointPicker {
  private readonly weightSum: number;

  constructor(
    private readonly table: SlotTable<HashOwner>,
    private readonly hashOf: (call: PickArgs) => number,
    private readonly bound: LoadBound,
    private readonly context: PolicyContext,
  ) {
    this.weightSum = table.owners.reduce((sum, { weight }) => sum + weight, 0);
  }

  draw(call: PickArgs): number {
    // Other bits than those of the slot: keys of one slot must not be drawn alike.
    return (this.hashOf(call) * this.table.size) % 1;
  }

  pick(call: PickArgs, avoid?: BalancedEndpoint): BalancedEndpoint {
    const { table, bound } = this;
    const first = Math.floor(this.hashOf(call) * table.size);
    const isBounded = bound.boundedLoad < Infinity;
    if (!isBounded && avoid === undefined) return table.owner(first).endpoint;
    const perWeight = isBounded ? this.callsPerWeight() : Infinity;
    for (let step = 0; step < table.size; step++) {
      const { endpoint, weight } = table.owner((first + step) % table.size);
      if (endpoint === avoid) continue;
      const most = Math.max(bound.floor, Math.ceil(perWeight * weight - ROUNDING));
      if (!isBounded || endpoint.load.active(this.context.tick()) < most) return endpoint;
    }
    return table.owner(first).endpoint;
  }

  /** The bound, for an endpoint of weight 1, with this call on top. */
  private callsPerWeight(): number {
    return (this.bound.boundedLoad * (this.context.calls() + 1)) / this.weightSum;
  }
}

import type { BalancedEndpoint } from '../balancer/balanced-endpoint.js';
import type { PickArgs } from '../grpc/experimental.js';
import type { LoadBound } from './consistent-hash.js';
import type { EndpointPicker, PolicyContext, PolicyView } from './policy.js';
import type { SlotTable } from './slot-table.js';

/** An instance of weight 0 is among the pickable only when all are. */
export const weightOf = ({ instance }: BalancedEndpoint) => instance.weight || 1;

/** Keeps 11 from becoming 12 for want of exact arithmetic. */
const ROUNDING = 1e-6;

/**
 * Sends a call to the owner of its key's slot or, when that has more than its bounded share of the calls in flight (Mirrokni
 * and others, "Consistent Hashing with Bounded Loads"), to the owner of the next slot that has not.
 */
export class HashTablePicker implements EndpointPicker {
  constructor(
    private readonly table: SlotTable<BalancedEndpoint>,
    private readonly weightSum: number,
    /** A number from 0 to 1; nothing for a call without a key. */
    private readonly hashOf: (call: PickArgs) => number | undefined,
    private readonly bound: LoadBound,
    private readonly context: PolicyContext,
  ) {}

  draw(call: PickArgs): number {
    // Other bits than those of the slot: keys of one slot must not be drawn alike.
    return (this.hashOrChance(call) * this.table.size) % 1;
  }

  pick(call: PickArgs, avoid?: BalancedEndpoint): BalancedEndpoint {
    const { table, bound } = this;
    const first = Math.floor(this.hashOrChance(call) * table.size);
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

  private hashOrChance(call: PickArgs): number {
    return this.hashOf(call) ?? this.context.chance();
  }

  private mostCalls(endpoint: BalancedEndpoint, perWeight: number): number {
    const { floor } = this.bound;
    return Math.max(floor, Math.ceil(perWeight * weightOf(endpoint) - ROUNDING));
  }

  /** The bound, for an endpoint of weight 1, with this call on top. */
  private callsPerWeight(): number {
    return (this.bound.boundedLoad * (this.context.calls() + 1)) / this.weightSum;
  }
}

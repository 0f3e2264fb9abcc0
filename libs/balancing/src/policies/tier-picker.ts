import type { ServiceInstance } from '@grpc-discovery/registry';
import type { BalancedEndpoint } from '../balancer/balanced-endpoint.js';
import type { PickArgs } from '../grpc/experimental.js';
import type { PassedOverReason } from '../channel/passed-over.js';
import type { EndpointPicker, PolicyView } from './policy.js';

/** Instances that all have weight 0 count alike, as everywhere, and next to nothing beside others. */
export function capacityOf(instances: readonly ServiceInstance[]): number {
  return instances.reduce((sum, { weight }) => sum + weight, 0) || instances.length * 1e-9;
}

/**
 * What share of the calls each tier gets, as Envoy loads its priorities: each tier as much as it can take, of what the
 * tiers before it have left over. Where all together can't take it all, in proportion to what they can.
 * @param healths what each tier can take; 1 is all calls.
 * @returns shares whose sum is 1, when any tier can take anything.
 */
export function tierLoads(healths: readonly number[]): number[] {
  const sum = healths.reduce((total, health) => total + health, 0);
  const scale = sum > 0 && sum < 1 ? 1 / sum : 1;
  let left = 1;
  return healths.map((health) => {
    const load = Math.min(left, health * scale);
    left -= load;
    return load;
  });
}

/** Spreads calls over tiers by chance, or by the draw of their key. */
export class TierPicker implements EndpointPicker {
  private readonly tiers: readonly { readonly picker: EndpointPicker; readonly until: number }[];
  readonly draw: EndpointPicker['draw'];

  constructor(
    private readonly pickers: readonly (EndpointPicker | undefined)[],
    private readonly loads: readonly number[],
    private readonly chance: () => number,
    private readonly tierOf: (endpoint: BalancedEndpoint) => number,
  ) {
    let until = 0;
    this.tiers = pickers.flatMap((picker, index) => {
      until += loads[index]!;
      return picker && loads[index]! > 0 ? [{ picker, until }] : [];
    });
    const first = this.tiers[0]?.picker;
    this.draw = first?.draw?.bind(first);
  }

  pick(call: PickArgs, avoid?: BalancedEndpoint): BalancedEndpoint {
    const { tiers } = this;
    const last = tiers[tiers.length - 1]!;
    if (tiers.length === 1) return last.picker.pick(call, avoid);
    const draw = this.draw ? this.draw(call) : this.chance();
    const tier = tiers.find(({ until }) => draw < until) ?? last;
    return tier.picker.pick(call, avoid);
  }

  passesOver(endpoint: BalancedEndpoint): PassedOverReason | undefined {
    const tier = this.tierOf(endpoint);
    if (this.loads[tier] === 0) return 'other-locality';
    return this.pickers[tier]?.passesOver?.(endpoint);
  }

  view(endpoint: BalancedEndpoint, call: PickArgs): PolicyView {
    const tier = this.tierOf(endpoint);
    const view = this.pickers[tier]?.view?.(endpoint, call);
    return { ...view, tier, shareOfTier: this.loads[tier]! };
  }
}

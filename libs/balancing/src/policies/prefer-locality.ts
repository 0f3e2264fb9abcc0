import type { ServiceInstance } from '@grpc-discovery/registry';
import type { BalancedEndpoint } from '../balancer/balanced-endpoint.js';
import type { PolicyConfig } from '../channel/policy-config.js';
import { wrapperConfig } from './policy-config.js';
import type {
  EndpointPicker,
  EndpointPolicy,
  EndpointState,
  Observation,
  PolicyContext,
  PolicyFactory,
  PolicyType,
  SelectionTrace,
} from './policy.js';
import { capacityOf, tierLoads, TierPicker } from './tier-picker.js';

/** Where the client runs. */
export interface ClientLocality {
  readonly region: string;
  readonly zone?: string;
}

export interface PreferLocalityOptions {
  /** Where this client runs: instances in its zone come first, then those in its region, then all others. */
  readonly locality: ClientLocality;
  /**
   * How much more than its share a tier can take, as a factor: with 1.4 calls stay in the zone until less than 1 / 1.4 =
   * 71 % of its capacity is ready, and then spill over in proportion to what is missing. 1 to 100.
   * @default 1.4, as in Envoy
   */
  readonly overprovisioning?: number;
}

/** Calls go to the closest instances, and to others only as far as these are not ready. */
export function preferLocality(
  policy: PolicyConfig,
  { locality, ...options }: PreferLocalityOptions,
): PolicyConfig {
  return wrapperConfig(preferLocalityPolicy, policy, { ...locality, ...options });
}

export const preferLocalityPolicy: PolicyType = {
  name: 'prefer_locality',
  parse(settings) {
    const remedy = 'Give the region of the client, as instances register it.';
    const region = settings.string('region', remedy);
    if (region === undefined) throw settings.invalid('region', 'given', undefined, remedy);
    const zone = settings.string('zone', 'Leave it out when instances have no zones.');
    const factor = { min: 1, max: 100, remedy: 'Use 1.4.' };
    const overprovisioning = settings.number('overprovisioning', factor) ?? 1.4;
    const child = settings.child();
    const tierOf = ({ locality }: ServiceInstance): number => {
      if (locality.region !== region) return 2;
      return zone === undefined || locality.zone === zone ? 0 : 1;
    };
    return (context) => new PreferLocality(child, tierOf, overprovisioning, context);
  },
};

/** One instance of the child policy per tier, so that each keeps its own rotation or table. */
class PreferLocality implements EndpointPolicy {
  private readonly children: readonly EndpointPolicy[];
  private capacities: readonly number[] = [0, 0, 0];

  constructor(
    child: PolicyFactory,
    private readonly tierOf: (instance: ServiceInstance) => number,
    private readonly overprovisioning: number,
    private readonly context: PolicyContext,
  ) {
    this.children = this.capacities.map(() => child(context));
  }

  get observes(): Observation | undefined {
    return this.children[0]!.observes;
  }

  get followsStates(): boolean {
    return this.children[0]!.followsStates ?? false;
  }

  select(
    listed: readonly ServiceInstance[],
    stateOf: (instance: ServiceInstance) => EndpointState | undefined,
    trace?: SelectionTrace,
  ): readonly ServiceInstance[] {
    const tiers = this.inTiers(listed, (instance) => instance);
    const selected = tiers.map((tier, index) =>
      tier.length > 0 ? this.children[index]!.select(tier, stateOf, trace) : tier,
    );
    this.capacities = selected.map(capacityOf);
    return selected.every((tier, index) => tier === tiers[index]) ? listed : selected.flat();
  }

  refusal(): string | undefined {
    return this.children.map((child) => child.refusal?.()).find((it) => it !== undefined);
  }

  createPicker(ready: readonly BalancedEndpoint[]): EndpointPicker {
    const tiers = this.inTiers(ready, ({ instance }) => instance).map((tier, index) => ({
      picker: tier.length > 0 ? this.children[index]!.createPicker(tier) : undefined,
      health: capacityOf(tier.map(({ instance }) => instance)) / (this.capacities[index]! || 1),
    }));
    const loads = tierLoads(tiers.map(({ health }) => health * this.overprovisioning));
    return new TierPicker(
      tiers.map(({ picker }) => picker),
      loads,
      this.context.chance,
      ({ instance }) => this.tierOf(instance),
    );
  }

  private inTiers<T>(items: readonly T[], instanceOf: (item: T) => ServiceInstance): T[][] {
    const tiers: T[][] = [[], [], []];
    for (const item of items) tiers[this.tierOf(instanceOf(item))]!.push(item);
    return tiers;
  }
}

import type { ServiceInstance } from '@grpc-discovery/registry';
import type { PickArgs } from '../grpc/experimental.js';
import { wrapperConfig, type PolicyType } from './policy-config.js';
import type {
  BalancedEndpoint,
  EndpointPicker,
  EndpointPolicy,
  StateOf,
  Observation,
  PassedOverReason,
  PolicyConfig,
  PolicyContext,
  PolicyFactory,
  PolicyView,
  Random,
  SelectionTrace,
} from './policy.js';

/** Where the client runs. */
export interface ClientLocality {
  readonly region: string;
  readonly zone?: string;
}

export interface PreferLocalityOptions {
  /** Where this client runs: instances in its zone have priority, then those in its region, then all others. */
  readonly locality: ClientLocality;
  /**
   * How much more than its share a priority can take, as a factor: with 1.4, calls stay in the zone until less than 1 / 1.4 =
   * 71 % of its capacity is ready. Then they spill over in proportion to the missing capacity. 1 to 100.
   * @default 1.4, as in Envoy
   */
  readonly overprovisioning?: number;
}

/** Calls go to the closest instances, and to others only to the extent that these are not ready. */
export function preferLocality(
  policy: PolicyConfig,
  { locality, ...options }: PreferLocalityOptions,
): PolicyConfig {
  return wrapperConfig(preferLocalityPolicy, policy, { ...locality, ...options });
}

export const preferLocalityPolicy: PolicyType = {
  name: 'prefer_locality',
  parse(settings) {
    const remedy = 'Set the region of the client, as instances register it.';
    const region = settings.string('region', remedy);
    if (region === undefined) throw settings.invalid('region', 'given', undefined, remedy);
    const zone = settings.string('zone', 'Leave it out when instances have no zones.');
    const factor = { min: 1, max: 100, remedy: 'Use 1.4.' };
    const overprovisioning = settings.number('overprovisioning', factor) ?? 1.4;
    const child = settings.child();
    const priorityOf = ({ locality }: ServiceInstance): number => {
      if (locality.region !== region) return 2;
      return zone === undefined || locality.zone === zone ? 0 : 1;
    };
    return (context) => new PreferLocality(child, priorityOf, overprovisioning, context);
  },
};

/** Has one child policy per priority (zone, region, others), so that each keeps its own rotation or hash table. */
class PreferLocality implements EndpointPolicy {
  private readonly children: readonly EndpointPolicy[];
  private capacities: readonly number[] = [0, 0, 0];

  constructor(
    child: PolicyFactory,
    private readonly priorityOf: (instance: ServiceInstance) => number,
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
    stateOf: StateOf,
    trace?: SelectionTrace,
  ): readonly ServiceInstance[] {
    const priorities = this.byPriority(listed, (instance) => instance);
    const selected = priorities.map((priority, index) =>
      priority.length > 0 ? this.children[index]!.select(priority, stateOf, trace) : priority,
    );
    this.capacities = selected.map(capacityOf);
    return selected.every((priority, index) => priority === priorities[index])
      ? listed
      : selected.flat();
  }

  refusal(): string | undefined {
    return this.children.map((child) => child.refusal?.()).find((it) => it !== undefined);
  }

  createPicker(ready: readonly BalancedEndpoint[]): EndpointPicker {
    const priorities = this.byPriority(ready, ({ instance }) => instance).map(
      (priority, index) => ({
        picker: priority.length > 0 ? this.children[index]!.createPicker(priority) : undefined,
        health:
          capacityOf(priority.map(({ instance }) => instance)) / (this.capacities[index]! || 1),
      }),
    );
    const loads = priorityLoads(priorities.map(({ health }) => health * this.overprovisioning));
    return new PriorityPicker(
      priorities.map(({ picker }) => picker),
      loads,
      this.context.random,
      ({ instance }) => this.priorityOf(instance),
    );
  }

  private byPriority<T>(items: readonly T[], instanceOf: (item: T) => ServiceInstance): T[][] {
    const priorities: T[][] = [[], [], []];
    for (const item of items) priorities[this.priorityOf(instanceOf(item))]!.push(item);
    return priorities;
  }
}

/** Instances that all have weight 0 count equally, as everywhere, and next to nothing beside others. */
function capacityOf(instances: readonly ServiceInstance[]): number {
  return instances.reduce((sum, { weight }) => sum + weight, 0) || instances.length * 1e-9;
}

/**
 * Each priority's share of the calls, computed as Envoy computes the load of its priorities: each takes as much as it can of
 * what the priorities before it have left. If together they can't take all calls, the shares are in proportion.
 * @param healths What each priority can take; 1 is all calls.
 * @returns shares whose sum is 1, if any priority can take calls.
 */
function priorityLoads(healths: readonly number[]): number[] {
  const sum = healths.reduce((total, health) => total + health, 0);
  const scale = sum > 0 && sum < 1 ? 1 / sum : 1;
  let left = 1;
  return healths.map((health) => {
    const load = Math.min(left, health * scale);
    left -= load;
    return load;
  });
}

/** Distributes calls over the priorities at random, or by the draw of their key. */
class PriorityPicker implements EndpointPicker {
  private readonly priorities: readonly {
    readonly picker: EndpointPicker;
    readonly until: number;
  }[];
  readonly draw: EndpointPicker['draw'];

  constructor(
    private readonly pickers: readonly (EndpointPicker | undefined)[],
    private readonly loads: readonly number[],
    private readonly random: Random,
    private readonly priorityOf: (endpoint: BalancedEndpoint) => number,
  ) {
    let until = 0;
    this.priorities = pickers.flatMap((picker, index) => {
      until += loads[index]!;
      return picker && loads[index]! > 0 ? [{ picker, until }] : [];
    });
    const first = this.priorities[0]?.picker;
    this.draw = first?.draw?.bind(first);
  }

  pick(call: PickArgs, avoid?: BalancedEndpoint): BalancedEndpoint {
    const { priorities } = this;
    const last = priorities[priorities.length - 1]!;
    if (priorities.length === 1) return last.picker.pick(call, avoid);
    const draw = this.draw ? this.draw(call) : this.random();
    const priority = priorities.find(({ until }) => draw < until) ?? last;
    return priority.picker.pick(call, avoid);
  }

  passesOver(endpoint: BalancedEndpoint): PassedOverReason | undefined {
    const priority = this.priorityOf(endpoint);
    if (this.loads[priority] === 0) return 'other-locality';
    return this.pickers[priority]?.passesOver?.(endpoint);
  }

  view(endpoint: BalancedEndpoint, call: PickArgs): PolicyView {
    const priority = this.priorityOf(endpoint);
    const view = this.pickers[priority]?.view?.(endpoint, call);
    return { ...view, tier: priority, shareOfTier: this.loads[priority]! };
  }
}

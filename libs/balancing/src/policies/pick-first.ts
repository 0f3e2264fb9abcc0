import type { ServiceInstance } from '@grpc-discovery/registry';
import { policyConfig, type PolicyType } from './policy-config.js';
import type {
  BalancedEndpoint,
  EndpointPicker,
  EndpointPolicy,
  StateOf,
  PolicyConfig,
  PolicyContext,
  SelectionTrace,
} from './policy.js';

export interface PickFirstOptions {
  /**
   * Whether each client tries the instances in a random order of its own (gRFC A62) instead of the registry's order, which is
   * the same for all clients.
   * @default true
   */
  readonly shuffleAddressList?: boolean;
}

/** All calls go to one instance. They go to another one only if it is no longer available. */
export function pickFirst(options: PickFirstOptions = {}): PolicyConfig {
  const { shuffleAddressList = true } = options;
  return policyConfig(pickFirstPolicy, { ...options, shuffleAddressList });
}

export const pickFirstPolicy: PolicyType = {
  name: 'pick_first',
  parse(settings) {
    // As in gRPC, a config without the setting keeps the order.
    const isShuffled = settings.boolean('shuffleAddressList', 'Leave it out for false.') ?? false;
    return (context) => new PickFirst(isShuffled, context);
  },
};

class PickFirst implements EndpointPolicy {
  readonly followsStates = true;
  /** By id of the instance: its place in this client's order. */
  private readonly ranks = new Map<string, number>();

  constructor(
    private readonly isShuffled: boolean,
    private readonly context: PolicyContext,
  ) {}

  /**
   * Selects the ready instance alone; if none is ready, those that failed, which keep trying, and the next in order. No attempt
   * is discarded, so that the backoff of each instance applies and there is no tight loop over instances that are all dead.
   */
  select(
    listed: readonly ServiceInstance[],
    stateOf: StateOf,
    trace?: SelectionTrace,
  ): readonly ServiceInstance[] {
    const selected = this.firstOf(this.inOrder(listed), stateOf);
    trace?.('not-first', listed, selected);
    return selected;
  }

  createPicker([first]: readonly BalancedEndpoint[]): EndpointPicker {
    return { pick: () => first! };
  }

  private firstOf(
    ordered: readonly ServiceInstance[],
    stateOf: StateOf,
  ): readonly ServiceInstance[] {
    const ready = ordered.find((instance) => stateOf(instance) === 'ready');
    if (ready) return [ready];
    const next = ordered.findIndex((instance) => stateOf(instance) !== 'failing');
    return next === -1 ? ordered : ordered.slice(0, next + 1);
  }

  private inOrder(listed: readonly ServiceInstance[]): readonly ServiceInstance[] {
    if (!this.isShuffled) return listed;
    const present = new Set(listed.map(({ id }) => id));
    for (const id of this.ranks.keys()) if (!present.has(id)) this.ranks.delete(id);
    for (const id of present) if (!this.ranks.has(id)) this.ranks.set(id, this.context.random());
    return [...listed].sort((one, other) => this.ranks.get(one.id)! - this.ranks.get(other.id)!);
  }
}

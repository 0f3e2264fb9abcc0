import type { BalancedEndpoint } from '../balancer/balanced-endpoint.js';
import type { PolicyConfig } from '../channel/policy-config.js';
import type { PickArgs } from '../grpc/experimental.js';
import { wrapperConfig } from './policy-config.js';
import type { EndpointPicker, EndpointPolicy, PolicyContext, PolicyType } from './policy.js';
import { WrappedPolicy } from './wrapped-policy.js';

export interface SlowStartOptions {
  /** How long an instance takes to its full share, in milliseconds. 100 to 3_600_000. */
  readonly windowMs: number;
  /**
   * The share with which an instance begins, and the least it has within the window. 0.01 to 1.
   * @default 0.1
   */
  readonly minShare?: number;
}

/**
 * New instances get a share of calls that grows evenly, from the time at which this client has first seen them. Those that
 * were there before the client have their full share at once.
 */
export function slowStart(policy: PolicyConfig, options: SlowStartOptions): PolicyConfig {
  return wrapperConfig(slowStartPolicy, policy, options);
}

export const slowStartPolicy: PolicyType = {
  name: 'slow_start',
  parse(settings) {
    const windowMs = settings.number('windowMs', {
      min: 100,
      max: 3_600_000,
      remedy: 'Use the time that an instance takes to be warm, such as 30000.',
    });
    if (windowMs === undefined) {
      throw settings.invalid(
        'windowMs',
        'given',
        undefined,
        'Use the time that an instance takes to be warm, such as 30000.',
      );
    }
    const minShare =
      settings.number('minShare', { min: 0.01, max: 1, remedy: 'Use 0.1 for a tenth.' }) ?? 0.1;
    const child = settings.child();
    return (context) => new SlowStart(child(context), windowMs, minShare, context);
  },
};

class SlowStart extends WrappedPolicy {
  constructor(
    child: EndpointPolicy,
    private readonly windowMs: number,
    private readonly minShare: number,
    private readonly context: PolicyContext,
  ) {
    super(child);
  }

  override createPicker(ready: readonly BalancedEndpoint[]): EndpointPicker {
    const { child, windowMs, minShare, context } = this;
    return new SlowStartPicker(child.createPicker(ready), ready, windowMs, minShare, context);
  }
}

/** Passes a call on with a chance of the picked endpoint's share, so that it works over every policy. */
class SlowStartPicker implements EndpointPicker {
  readonly draw: EndpointPicker['draw'];

  constructor(
    private readonly picker: EndpointPicker,
    ready: readonly BalancedEndpoint[],
    windowMs: number,
    minShare: number,
    context: PolicyContext,
  ) {
    void [ready, windowMs, minShare, context];
    this.draw = picker.draw?.bind(picker);
  }

  pick(call: PickArgs, avoid?: BalancedEndpoint): BalancedEndpoint {
    return this.picker.pick(call, avoid);
  }
}

import type { PickArgs } from '../grpc/experimental.js';
import { fraction, mix } from './hash.js';
import { wrapperConfig, type PolicyType } from './policy-config.js';
import {
  WrappedPolicy,
  type BalancedEndpoint,
  type EndpointPicker,
  type EndpointPolicy,
  type PassedOverReason,
  type PolicyConfig,
  type PolicyContext,
  type PolicyView,
} from './policy.js';

export interface SlowStartOptions {
  /** Time until an instance gets its full share, in milliseconds. 100 to 3_600_000. */
  readonly windowMs: number;
  /**
   * The share with which an instance begins: its smallest share within the window. 0.01 to 1.
   * @default 0.1
   */
  readonly minShare?: number;
}

/**
 * New instances get a share of calls that grows linearly from the time when this client first sees them. Instances that were
 * there before the client get their full share at once.
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

/** Number of picks to find another endpoint: enough to find an old one among several new ones. */
const ATTEMPTS = 4;

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

/**
 * Accepts the pick of the child policy with a probability equal to the endpoint's share, otherwise makes it pick another
 * endpoint. This works with every policy. If calls have a draw of their own, such as a hash key, it replaces the random number:
 * keys move to a new endpoint one after the other, and each key moves once.
 */
class SlowStartPicker implements EndpointPicker {
  readonly draw: EndpointPicker['draw'];
  /** When the last endpoint is warm. */
  private readonly warmAt: number;

  constructor(
    private readonly picker: EndpointPicker,
    private readonly ready: readonly BalancedEndpoint[],
    private readonly windowMs: number,
    private readonly minShare: number,
    private readonly context: PolicyContext,
  ) {
    this.draw = picker.draw?.bind(picker);
    const seen = ready.map(({ load }) => load.firstSeenAt);
    this.warmAt = seen.reduce((last, at) => Math.max(last, at), -Infinity) + windowMs;
  }

  pick(call: PickArgs, avoid?: BalancedEndpoint): BalancedEndpoint {
    let picked = this.picker.pick(call, avoid);
    const now = this.context.clock.now();
    if (now >= this.warmAt) return picked;
    let draw = this.draw?.(call);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const share = this.share(picked, now);
      if (share === 1) break;
      draw = draw === undefined ? this.context.random() : redraw(draw);
      // Shares are relative: if all are new, no other endpoint can take over.
      const best = this.ready.reduce((most, it) => Math.max(most, this.share(it, now)), 0);
      if (draw < share / best) break;
      picked = this.picker.pick(call, picked);
      if (!this.draw) draw = undefined;
    }
    return picked;
  }

  passesOver(endpoint: BalancedEndpoint): PassedOverReason | undefined {
    return this.picker.passesOver?.(endpoint);
  }

  view(endpoint: BalancedEndpoint, call: PickArgs): PolicyView {
    const slowStartShare = this.share(endpoint, this.context.clock.now());
    return { ...this.picker.view?.(endpoint, call), slowStartShare };
  }

  private share({ load }: BalancedEndpoint, now: number): number {
    return Math.min(1, Math.max(this.minShare, (now - load.firstSeenAt) / this.windowMs));
  }
}

/** Another number for the same call: child policies use the first one. */
function redraw(draw: number): number {
  return fraction(mix(draw * 4_294_967_296));
}

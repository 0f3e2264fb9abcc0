import type { ServiceInstance } from '@grpc-discovery/registry';
import type {
  CallChoice,
  CallExplanation,
  CandidateExplanation,
} from '../channel/call-explanation.js';
import { nonePassedOver, type PassedOverReason } from '../channel/passed-over.js';
import type { PickArgs } from '../grpc/experimental.js';
import type { EndpointPolicy } from '../policies/policy.js';
import type { CallTracker } from './call-tracker.js';
import type { EndpointChild } from './endpoint-child.js';
import type { EndpointChildren } from './endpoint-children.js';
import type { KnownSlotState } from './slot-state.js';

/** What a policy of a channel sees at one moment. */
interface SlotView {
  readonly name: string;
  readonly policy: EndpointPolicy;
  readonly listed: readonly ServiceInstance[];
  /** Those of them that the policy selects from. */
  readonly preferred: readonly ServiceInstance[];
  readonly children: EndpointChildren;
  readonly tracker: CallTracker;
  readonly state: KnownSlotState;
}

/** Tells of one moment which instances a policy passes over, and what would become of calls. */
export class SlotExplanation {
  private readonly listed: ReadonlySet<ServiceInstance>;
  private readonly unselected = new Map<ServiceInstance, PassedOverReason>();
  private readonly eligible: ReadonlySet<unknown>;

  constructor(private readonly slot: SlotView) {
    const { policy, children, listed, preferred, state } = slot;
    this.listed = new Set(listed);
    this.eligible = new Set(state.kind === 'ready' ? state.eligible : []);
    const stateOf = ({ address }: ServiceInstance) => children.get(address)?.state.kind;
    const selectFrom = (some: readonly ServiceInstance[]) =>
      policy.select(some, stateOf, (reason, from, selected) => {
        const kept = new Set(selected);
        for (const instance of from) {
          if (!kept.has(instance)) this.unselected.set(instance, reason);
        }
      });
    selectFrom(listed);
    if (preferred === listed) return;
    // What the whole list says of the others does not count.
    for (const instance of preferred) this.unselected.delete(instance);
    selectFrom(preferred);
  }

  countPassedOver(
    instances: Iterable<ServiceInstance> = this.listed,
  ): Record<PassedOverReason, number> {
    const counts = nonePassedOver();
    for (const instance of instances) {
      const reason = this.passedOver(instance);
      if (reason) counts[reason] += 1;
    }
    return counts;
  }

  /** @param instances those of the channel: more than the policy's while some of them rest. */
  explain(call: PickArgs, instances: readonly ServiceInstance[]): Omit<CallExplanation, 'method'> {
    const candidates = instances.map((instance) => this.candidate(call, instance));
    return { policy: this.slot.name, candidates, choice: this.choice(call) };
  }

  private candidate(call: PickArgs, instance: ServiceInstance): CandidateExplanation {
    const { children, tracker, state } = this.slot;
    const { id, address, weight } = instance;
    const child = children.get(address);
    const isEligible = state.kind === 'ready' && child !== undefined && this.eligible.has(child);
    return {
      instanceId: id,
      address,
      passedOver: this.passedOver(instance),
      reason: child?.state.kind === 'failing' ? child.state.error : undefined,
      weight,
      ...tracker.known(child?.load),
      policyView: isEligible ? (state.picker.view?.(child, call) ?? {}) : {},
    };
  }

  private choice(call: PickArgs): CallChoice {
    const { state } = this.slot;
    if (state.kind === 'connecting') return { kind: 'waits' };
    if (state.kind === 'failing') return { kind: 'fails', details: state.details };
    const { id, address } = state.picker.pick(call).instance;
    return { kind: 'instance', instanceId: id, address };
  }

  private passedOver(instance: ServiceInstance): PassedOverReason | undefined {
    if (!this.listed.has(instance)) return 'resting';
    return this.unselected.get(instance) ?? this.unpicked(this.slot.children.get(instance.address));
  }

  private unpicked(child: EndpointChild | undefined): PassedOverReason | undefined {
    if (child?.state.kind === 'failing') return child.state.cause;
    if (child?.state.kind !== 'ready') return 'connecting';
    const { state } = this.slot;
    if (state.kind !== 'ready') return undefined;
    return this.eligible.has(child) ? state.picker.passesOver?.(child) : 'draining';
  }
}

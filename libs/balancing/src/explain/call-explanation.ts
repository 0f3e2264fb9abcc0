import type { Metadata } from '@grpc/grpc-js';
import type { ServiceInstance } from '@grpc-discovery/registry';
import type { PickArgs } from '../grpc/experimental.js';
import type {
  BalancedEndpoint,
  EndpointPicker,
  EndpointPolicy,
  EndpointState,
  PassedOverReason,
} from '../policies/policy.js';

/** What is known about a call before it is made. */
export interface CallQuestion {
  /** Path of the rpc, such as `/helloworld.Greeter/SayHello`. */
  readonly method: string;
  /** @default none */
  readonly metadata?: Metadata;
  /** The key by which `consistentHash` chooses. @default taken from the metadata */
  readonly hashKey?: string;
}

/** One instance of the service, from the point of view of a call's policy. */
export interface CandidateExplanation {
  readonly instanceId: string;
  readonly address: string;
  /** Why the call can't reach it; undefined if it can. */
  readonly passedOver: PassedOverReason | undefined;
  /** More detail, such as the error of the last attempt to connect. */
  readonly reason: string | undefined;
  /** As registered. */
  readonly weight: number;
  /** Calls of this channel that the instance is serving; undefined if no policy of the channel counts them. */
  readonly inFlight: number | undefined;
  /**
   * Average latency divided by the calls that shared the instance, in milliseconds; undefined if no policy of the channel
   * tracks it, or while the instance warms up.
   */
  readonly latencyPerCallMs: number | undefined;
  /** Further numbers that the policy uses. `docs/policies/README.md` explains their names. */
  readonly policyView: Readonly<Record<string, number>>;
}

/** What would happen to a call. */
export type CallChoice =
  | { readonly kind: 'instance'; readonly instanceId: string; readonly address: string }
  /** Its instances are connecting. */
  | { readonly kind: 'waits' }
  /** With UNAVAILABLE and these details; a wait-for-ready call waits. */
  | { readonly kind: 'fails'; readonly details: string };

export interface CallExplanation {
  readonly method: string;
  /** Names of the policy and its child policies, outermost first: `slow_start > least_request`. */
  readonly policy: string;
  readonly candidates: readonly CandidateExplanation[];
  readonly choice: CallChoice;
}

/** What calls of a policy would get now. */
export type PolicyState =
  | {
      readonly kind: 'ready';
      readonly picker: EndpointPicker;
      /** The endpoints that the picker was made from. */
      readonly eligible: readonly BalancedEndpoint[];
    }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'failing'; readonly details: string };

interface ExplainedEndpoint extends BalancedEndpoint {
  readonly state: EndpointState;
}

/** A policy of a channel and its endpoints at one moment. */
interface PolicyMoment {
  readonly name: string;
  readonly policy: EndpointPolicy;
  readonly listed: readonly ServiceInstance[];
  /** The listed instances that the policy selects from. */
  readonly preferred: readonly ServiceInstance[];
  readonly state: PolicyState;
  endpointAt(address: string): ExplainedEndpoint | undefined;
  countsOf(
    endpoint: ExplainedEndpoint | undefined,
  ): Pick<CandidateExplanation, 'inFlight' | 'latencyPerCallMs'>;
}

export function nonePassedOver(): Record<PassedOverReason, number> {
  return {
    connecting: 0,
    failing: 0,
    ejected: 0,
    unhealthy: 0,
    draining: 0,
    'not-matching': 0,
    'not-in-subset': 0,
    'not-first': 0,
    'other-locality': 0,
    resting: 0,
  };
}

/** Explains, for one moment, which instances a policy passes over and what would happen to calls. */
export class PolicyExplanation {
  private readonly listed: ReadonlySet<ServiceInstance>;
  private readonly unselected = new Map<ServiceInstance, PassedOverReason>();
  private readonly eligible: ReadonlySet<unknown>;

  constructor(private readonly moment: PolicyMoment) {
    const { policy, listed, preferred, state } = moment;
    this.listed = new Set(listed);
    this.eligible = new Set(state.kind === 'ready' ? state.eligible : []);
    const stateOf = ({ address }: ServiceInstance) => moment.endpointAt(address)?.state.kind;
    const selectFrom = (some: readonly ServiceInstance[]) =>
      policy.select(some, stateOf, (reason, from, selected) => {
        const kept = new Set(selected);
        for (const instance of from) {
          if (!kept.has(instance)) this.unselected.set(instance, reason);
        }
      });
    selectFrom(listed);
    if (preferred === listed) return;
    // For preferred instances only the selection among themselves counts.
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

  /** @param instances All instances of the channel, including those that are paused. */
  explain(call: PickArgs, instances: readonly ServiceInstance[]): Omit<CallExplanation, 'method'> {
    const candidates = instances.map((instance) => this.candidate(call, instance));
    return { policy: this.moment.name, candidates, choice: this.choice(call) };
  }

  private candidate(call: PickArgs, instance: ServiceInstance): CandidateExplanation {
    const { moment } = this;
    const { state } = moment;
    const { id, address, weight } = instance;
    const endpoint = moment.endpointAt(address);
    const isEligible =
      state.kind === 'ready' && endpoint !== undefined && this.eligible.has(endpoint);
    return {
      instanceId: id,
      address,
      passedOver: this.passedOver(instance),
      reason: endpoint?.state.kind === 'failing' ? endpoint.state.error : undefined,
      weight,
      ...moment.countsOf(endpoint),
      policyView: isEligible ? (state.picker.view?.(endpoint, call) ?? {}) : {},
    };
  }

  private choice(call: PickArgs): CallChoice {
    const { state } = this.moment;
    if (state.kind === 'connecting') return { kind: 'waits' };
    if (state.kind === 'failing') return { kind: 'fails', details: state.details };
    const { id, address } = state.picker.pick(call).instance;
    return { kind: 'instance', instanceId: id, address };
  }

  private passedOver(instance: ServiceInstance): PassedOverReason | undefined {
    if (!this.listed.has(instance)) return 'resting';
    return this.unselected.get(instance) ?? this.unpicked(this.moment.endpointAt(instance.address));
  }

  private unpicked(endpoint: ExplainedEndpoint | undefined): PassedOverReason | undefined {
    if (endpoint?.state.kind === 'failing') return endpoint.state.cause;
    if (endpoint?.state.kind !== 'ready') return 'connecting';
    const { state } = this.moment;
    if (state.kind !== 'ready') return undefined;
    return this.eligible.has(endpoint) ? state.picker.passesOver?.(endpoint) : 'draining';
  }
}

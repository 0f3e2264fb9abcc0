import type { ServiceInstance } from '@grpc-discovery/registry';
import { PolicyExplanation, type PolicyState } from '../explain/call-explanation.js';
import { attemptOf, callValuesOf } from '../grpc/call-values.js';
import type { PickArgs, PickResult } from '../grpc/experimental.js';
import { fail, queue } from '../grpc/pick.js';
import type { CallTracker } from '../load/call-tracker.js';
import type {
  BalancedEndpoint,
  EndpointPolicy,
  PassedOverReason,
  StateOf,
} from '../policies/policy.js';
import type { EndpointSubchannel } from './endpoint-subchannel.js';
import type { EndpointSubchannels } from './endpoint-subchannels.js';
import { pickChannel, publishPick } from './pick-channel.js';

/** Details for calls that fail. The balancer keeps the fields up to date. */
export class FailureTexts {
  /** Names the service and the place where its instances are searched. */
  resolutionNote = '';
  /** Why the list is empty. */
  listError = '';
  /** Number of instances of the channel. */
  instances = 0;

  /** @param refusal The reason of a policy that selects none of the instances. */
  none(refusal: string | undefined): string {
    const { instances: count } = this;
    if (count === 0 || refusal === undefined) return this.listError;
    const instances = count === 1 ? 'Not even the only instance' : `None of ${count} instances`;
    return `${instances} of ${this.resolutionNote} ${refusal}`;
  }

  unreachable(selected: number, lastError: string): string {
    const count = selected === 1 ? 'the only instance' : `any of ${selected} instances`;
    return `No connection to ${count} of ${this.resolutionNote}. Last error: ${lastError}`;
  }
}

/** What all policies of a channel share. */
export interface MethodPolicyContext {
  readonly subchannels: EndpointSubchannels;
  readonly tracker: CallTracker;
  readonly texts: FailureTexts;
}

/** Endpoints have changed since the last pick: the next one computes the state. */
const unknown = { kind: 'unknown' } as const;
const connecting = { kind: 'connecting' } as const;

/**
 * One policy of a channel, for the methods that use it, and its view of the channel's endpoints. The picker is created by the
 * first pick that needs it, so that any number of changes between two picks costs one picker.
 */
export class MethodPolicy {
  private state: PolicyState | typeof unknown = unknown;
  /** Addresses of the selected instances; undefined for all. */
  private selected: ReadonlySet<string> | undefined;
  private listed: readonly ServiceInstance[] = [];
  /** The instances that the policy selects from: the listed ones that don't drain, unless all do. */
  private preferred: readonly ServiceInstance[] = [];

  /**
   * @param text Text of the config, by which the policy is recognised in the next config.
   * @param name Names of the policy and its child policies, for people.
   */
  constructor(
    readonly text: string,
    readonly name: string,
    readonly policy: EndpointPolicy,
    private readonly context: MethodPolicyContext,
  ) {}

  private readonly stateOf: StateOf = ({ address }) =>
    this.context.subchannels.get(address)?.state.kind;

  get isSelective(): boolean {
    return this.selected !== undefined;
  }

  /** @param areAll Whether these are all instances that the channel is connected to. */
  select(listed: readonly ServiceInstance[], areAll: boolean): readonly ServiceInstance[] {
    this.listed = listed;
    const selected = this.selectUndrained(listed);
    const selectsAll = areAll && selected === listed;
    this.selected = selectsAll ? undefined : new Set(selected.map(({ address }) => address));
    this.state = unknown;
    return selected;
  }

  /**
   * Every policy chooses among the instances that don't drain. Draining ones that it would choose with them stay connected:
   * they serve as long as none of the others is ready.
   */
  private selectUndrained(listed: readonly ServiceInstance[]): readonly ServiceInstance[] {
    const { policy, stateOf } = this;
    const whole = policy.select(listed, stateOf);
    this.preferred = undrained(listed);
    if (this.preferred === listed) return whole;
    const selected = policy.select(this.preferred, stateOf);
    if (selected === this.preferred && whole === listed) return listed;
    return [...selected, ...whole.filter(({ weight }) => weight === 0)];
  }

  /**
   * Call this when the state of an endpoint has changed.
   * @param isReadyChanged Whether a ready endpoint has come, gone or changed.
   */
  invalidate(isReadyChanged: boolean): void {
    if (isReadyChanged || this.state.kind !== 'ready') this.state = unknown;
  }

  pick(call: PickArgs): PickResult {
    const state = this.currentState();
    switch (state.kind) {
      case 'ready': {
        // Pickers only ever receive subchannels.
        const subchannel = state.picker.pick(call) as EndpointSubchannel;
        const { onPick, isStream } = callValuesOf(call.metadata);
        onPick?.(subchannel.instance, this.name, attemptOf(call));
        if (pickChannel.hasSubscribers) publishPick(this, call, subchannel);
        return this.context.tracker.pick(subchannel, isStream);
      }
      case 'connecting':
        return queue();
      default:
        return fail(state.details);
    }
  }

  countPassedOver(): Readonly<Record<PassedOverReason, number>> {
    return this.explanation().countPassedOver();
  }

  /** Explains calls. Valid until something changes. */
  explanation(): PolicyExplanation {
    const { name, policy, listed, preferred } = this;
    const { subchannels, tracker } = this.context;
    const endpointAt = (address: string) => subchannels.get(address);
    const countsOf = (it: BalancedEndpoint | undefined) =>
      tracker.countsOf(it && subchannels.get(it.address)?.load);
    const state = this.currentState();
    return new PolicyExplanation({
      name,
      policy,
      listed,
      preferred,
      endpointAt,
      countsOf,
      state,
    });
  }

  private currentState(): PolicyState {
    if (this.state.kind === 'unknown') this.state = this.computeState();
    return this.state;
  }

  private computeState(): PolicyState {
    const { subchannels, texts } = this.context;
    const selected = subchannels.among(this.selected);
    const ready = selected.filter(({ state }) => state.kind === 'ready');
    if (ready.length > 0) {
      const eligible = eligibleOf(ready);
      return { kind: 'ready', picker: this.policy.createPicker(eligible), eligible };
    }
    if (selected.some(({ state }) => state.kind === 'connecting')) return connecting;
    const details =
      selected.length > 0
        ? texts.unreachable(selected.length, subchannels.lastError(selected))
        : texts.none(this.policy.refusal?.());
    return { kind: 'failing', details };
  }
}

/** The instances that don't drain; all if all drain. */
function undrained(listed: readonly ServiceInstance[]): readonly ServiceInstance[] {
  const weighted = listed.filter(({ weight }) => weight > 0);
  return weighted.length === 0 || weighted.length === listed.length ? listed : weighted;
}

/** Whatever the policy, an instance of weight 0 drains: it gets calls only if all ready instances have weight 0. */
function eligibleOf(ready: readonly BalancedEndpoint[]): readonly BalancedEndpoint[] {
  const weighted = ready.filter(({ instance }) => instance.weight > 0);
  return weighted.length > 0 ? weighted : ready;
}

import type { ServiceInstance } from '@grpc-discovery/registry';
import { attemptOf } from '../calls/attempt-of.js';
import { callValuesOf } from '../calls/call-values.js';
import type { PassedOverReason } from '../channel/passed-over.js';
import type { PickArgs, PickResult } from '../grpc/experimental.js';
import { fail, queue } from '../grpc/pick.js';
import type { EndpointPolicy, EndpointState } from '../policies/policy.js';
import type { BalancedEndpoint } from './balanced-endpoint.js';
import type { CallTracker } from './call-tracker.js';
import type { EndpointChild } from './endpoint-child.js';
import type { EndpointChildren } from './endpoint-children.js';
import { pickChannel, publishPick } from './pick-channel.js';
import { SlotExplanation } from './slot-explanation.js';
import type { KnownSlotState, SlotState } from './slot-state.js';

const unknown: SlotState = { kind: 'unknown' };
const connecting = { kind: 'connecting' } as const;

/** Texts for calls that can't be made. */
export interface FailureTexts {
  /** @param refusal of a policy that wants none of the instances. */
  none(refusal: string | undefined): string;
  unreachable(wanted: number, lastError: string): string;
}

/**
 * One policy of a channel and what it sees of the channel's endpoints. A picker is made by the first pick that needs it,
 * so that any number of changes between two picks costs one.
 */
export class PolicySlot {
  private state: SlotState = unknown;
  /** Addresses of the instances that the policy wants; undefined for all. */
  private wanted: ReadonlySet<string> | undefined;
  private listed: readonly ServiceInstance[] = [];
  /** What the policy selects from: those of {@link listed} that are not drained, unless all are. */
  private preferred: readonly ServiceInstance[] = [];

  constructor(
    /** The text of its config. */
    readonly text: string,
    /** For people. */
    readonly name: string,
    readonly policy: EndpointPolicy,
    private readonly children: EndpointChildren,
    private readonly tracker: CallTracker,
    private readonly texts: FailureTexts,
  ) {}

  private readonly stateOf = ({ address }: ServiceInstance): EndpointState | undefined =>
    this.children.get(address)?.state.kind;

  get isSelective(): boolean {
    return this.wanted !== undefined;
  }

  /** @param areAll whether these are all instances that the channel is connected to. */
  select(listed: readonly ServiceInstance[], areAll: boolean): readonly ServiceInstance[] {
    this.listed = listed;
    const selected = this.selectUndrained(listed);
    const wantsAll = areAll && selected === listed;
    this.wanted = wantsAll ? undefined : new Set(selected.map(({ address }) => address));
    this.state = unknown;
    return selected;
  }

  /**
   * The policy chooses among those that are not drained, whatever it is. Drained ones that it would choose with them stay
   * connected: they serve as long as none of the others is ready.
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

  /** Tells that the state of an endpoint has changed. @param isReadyChanged whether a ready one came, went or changed. */
  changed(isReadyChanged: boolean): void {
    if (isReadyChanged || this.state.kind !== 'ready') this.state = unknown;
  }

  pick(call: PickArgs): PickResult {
    const state = this.look();
    switch (state.kind) {
      case 'ready': {
        // Children are all that pickers are ever given.
        const child = state.picker.pick(call) as EndpointChild;
        const { onPick, isStream } = callValuesOf(call.metadata);
        onPick?.(child.instance, this.name, attemptOf(call));
        if (pickChannel.hasSubscribers) publishPick(this, call, child);
        return this.tracker.pick(child, isStream);
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

  /** Explains calls as long as nothing changes. */
  explanation(): SlotExplanation {
    const { name, policy, listed, preferred, children, tracker } = this;
    const state = this.look();
    return new SlotExplanation({ name, policy, listed, preferred, children, tracker, state });
  }

  private look(): KnownSlotState {
    return this.state.kind === 'unknown' ? (this.state = this.currentState()) : this.state;
  }

  private currentState(): KnownSlotState {
    const wanted = this.children.among(this.wanted);
    const ready = wanted.filter(({ state }) => state.kind === 'ready');
    if (ready.length > 0) {
      const eligible = eligibleOf(ready);
      return { kind: 'ready', picker: this.policy.createPicker(eligible), eligible };
    }
    if (wanted.some(({ state }) => state.kind === 'connecting')) return connecting;
    const details =
      wanted.length > 0
        ? this.texts.unreachable(wanted.length, this.children.lastError(wanted))
        : this.texts.none(this.policy.refusal?.());
    return { kind: 'failing', details };
  }
}

/** The instances that are not drained; all when all are drained. */
function undrained(listed: readonly ServiceInstance[]): readonly ServiceInstance[] {
  const weighted = listed.filter(({ weight }) => weight > 0);
  return weighted.length === 0 || weighted.length === listed.length ? listed : weighted;
}

/** An instance of weight 0 gets calls only when all have weight 0: it drains, whatever the policy. */
function eligibleOf(ready: readonly BalancedEndpoint[]): readonly BalancedEndpoint[] {
  const weighted = ready.filter(({ instance }) => instance.weight > 0);
  return weighted.length > 0 ? weighted : ready;
}

import type { ServiceInstance } from '@grpc-discovery/registry';
import { callValuesOf } from '../calls/call-values.js';
import type { PickArgs, PickResult } from '../grpc/experimental.js';
import { fail, queue } from '../grpc/pick.js';
import type { EndpointPicker, EndpointPolicy, EndpointState } from '../policies/policy.js';
import type { BalancedEndpoint } from './balanced-endpoint.js';
import type { CallTracker } from './call-tracker.js';
import type { EndpointChild } from './endpoint-child.js';
import type { EndpointChildren } from './endpoint-children.js';

type SlotState =
  /** Endpoints have changed since the last pick: the next one looks. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'ready'; readonly picker: EndpointPicker }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'failing'; readonly details: string };

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
  private readonly name: string;

  constructor(
    /** The text of its config. */
    readonly text: string,
    readonly policy: EndpointPolicy,
    private readonly children: EndpointChildren,
    private readonly tracker: CallTracker,
    private readonly texts: FailureTexts,
  ) {
    this.name = Object.keys(JSON.parse(text) as object)[0] ?? '';
  }

  get isSelective(): boolean {
    return this.wanted !== undefined;
  }

  /** @param areAll whether these are all instances that the channel is connected to. */
  select(listed: readonly ServiceInstance[], areAll: boolean): readonly ServiceInstance[] {
    const stateOf = ({ address }: ServiceInstance): EndpointState | undefined =>
      this.children.get(address)?.state.kind;
    const selected = this.policy.select(listed, stateOf);
    const wantsAll = areAll && selected === listed;
    this.wanted = wantsAll ? undefined : new Set(selected.map(({ address }) => address));
    this.state = unknown;
    return selected;
  }

  /** Tells that the state of an endpoint has changed. @param isReadyChanged whether a ready one came, went or changed. */
  changed(isReadyChanged: boolean): void {
    if (isReadyChanged || this.state.kind !== 'ready') this.state = unknown;
  }

  pick(call: PickArgs): PickResult {
    const state = this.state.kind === 'unknown' ? this.look() : this.state;
    switch (state.kind) {
      case 'ready':
        return this.picked(state.picker, call);
      case 'connecting':
        return queue();
      default:
        return fail(state.details);
    }
  }

  private picked(picker: EndpointPicker, call: PickArgs): PickResult {
    // Children are all that pickers are ever given.
    const child = picker.pick(call) as EndpointChild;
    callValuesOf(call.metadata).onPick?.(child.instance, this.name, attemptOf(call));
    return this.tracker.pick(child);
  }

  private look(): Exclude<SlotState, { kind: 'unknown' }> {
    const state = this.currentState();
    this.state = state;
    return state;
  }

  private currentState(): Exclude<SlotState, { kind: 'unknown' }> {
    const wanted = this.children.among(this.wanted);
    const ready = wanted.filter(({ state }) => state.kind === 'ready');
    if (ready.length > 0) {
      return { kind: 'ready', picker: this.policy.createPicker(eligible(ready)) };
    }
    if (wanted.some(({ state }) => state.kind === 'connecting')) return connecting;
    const details =
      wanted.length > 0
        ? this.texts.unreachable(wanted.length, this.children.lastError(wanted))
        : this.texts.none(this.policy.refusal?.());
    return { kind: 'failing', details };
  }
}

/** grpc-js counts the earlier ones in the metadata of each attempt, as gRFC A6 has it. */
function attemptOf({ metadata }: PickArgs): number {
  return 1 + Number(metadata.get('grpc-previous-rpc-attempts')[0] ?? 0);
}

/** An instance of weight 0 gets calls only when all have weight 0: it drains, whatever the policy. */
function eligible(ready: readonly BalancedEndpoint[]): readonly BalancedEndpoint[] {
  const weighted = ready.filter(({ instance }) => instance.weight > 0);
  return weighted.length > 0 ? weighted : ready;
}

import type { ServiceInstance } from '@grpc-discovery/registry';
import type { PickArgs, PickResult, Picker } from '../grpc/experimental.js';
import { queue } from '../grpc/pick.js';
import type { ChanceAndTime, PolicyContext } from '../policies/policy.js';
import { CallTracker } from './call-tracker.js';
import type { EndpointChildren } from './endpoint-children.js';
import type { EndpointLoad } from './endpoint-load.js';
import { EventLoopTicks } from './event-loop-ticks.js';
import {
  CHANNEL_POLICY,
  POLICY_PICK_INFORMATION,
  type InstanceBalancerConfig,
} from './instance-balancer-config.js';
import type { SlotExplanation } from './slot-explanation.js';
import { PolicySlot, type FailureTexts } from './policy-slot.js';

/** The policies of one channel over one set of endpoints, and the picker that sends each call to its own. */
export class PolicySlots implements Picker {
  private slots: ReadonlyMap<string, PolicySlot> = new Map<string, PolicySlot>();
  private channelSlot: PolicySlot | undefined;
  private readonly ticks = new EventLoopTicks();
  private readonly tracker: CallTracker;
  private readonly context: PolicyContext;

  constructor(
    private readonly children: EndpointChildren,
    context: ChanceAndTime,
    private readonly texts: FailureTexts,
    total: EndpointLoad,
  ) {
    const tracker = new CallTracker(this.ticks, context.now, total);
    const tick = () => this.ticks.current;
    this.context = { ...context, tick, calls: () => tracker.calls() };
    this.tracker = tracker;
  }

  /** Policies whose config is the same keep what they know. */
  configure({ policies }: InstanceBalancerConfig): void {
    const { children, tracker, texts, context } = this;
    const kept = this.slots;
    this.slots = new Map(
      [...policies].map(([key, { text, name, create }]) => {
        const known = kept.get(key);
        if (known?.text === text) return [key, known];
        return [key, new PolicySlot(text, name, create(context), children, tracker, texts)];
      }),
    );
    this.channelSlot = this.slots.get(CHANNEL_POLICY);
    this.tracker.observe(this.all().map(({ policy }) => policy.observes));
  }

  /** Whether one of them selects by the states of endpoints. */
  get followsStates(): boolean {
    return this.all().some(({ policy }) => policy.followsStates);
  }

  /** Whether there are policies that calls may wait for and fail with apart from each other. */
  get areSeveral(): boolean {
    return this.slots.size > 1 && this.mayDiffer;
  }

  /** Whether one may fail calls while another has a ready endpoint. */
  get mayDiffer(): boolean {
    return this.all().some(({ isSelective }) => isSelective);
  }

  /**
   * The union of what the policies want of these instances; undefined for all of them.
   * @param areAll whether they are all that the channel is connected to.
   */
  select(
    listed: readonly ServiceInstance[],
    areAll: boolean,
  ): ReadonlySet<ServiceInstance> | undefined {
    const selections = this.all().map((slot) => slot.select(listed, areAll));
    return selections.includes(listed) ? undefined : new Set(selections.flat());
  }

  changed(isReadyChanged: boolean): void {
    for (const slot of this.slots.values()) slot.changed(isReadyChanged);
  }

  pick(call: PickArgs): PickResult {
    return this.slotOf(call)?.pick(call) ?? queue();
  }

  /** Of calls that the policy of this one serves; of those without a policy of their own, if none is given. */
  explanation(call?: PickArgs): SlotExplanation {
    return (call ? this.slotOf(call) : this.channelSlot)!.explanation();
  }

  private slotOf({ extraPickInfo }: PickArgs): PolicySlot | undefined {
    const key = extraPickInfo[POLICY_PICK_INFORMATION];
    return key === undefined ? this.channelSlot : (this.slots.get(key) ?? this.channelSlot);
  }

  stop(): void {
    this.ticks.stop();
  }

  private all(): PolicySlot[] {
    return [...this.slots.values()];
  }
}

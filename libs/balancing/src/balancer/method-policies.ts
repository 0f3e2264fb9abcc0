import type { ServiceInstance } from '@grpc-discovery/registry';
import type { PolicyExplanation } from '../explain/call-explanation.js';
import type { PickArgs, PickResult, Picker } from '../grpc/experimental.js';
import { queue } from '../grpc/pick.js';
import type { PolicyContext } from '../policies/policy.js';
import {
  CHANNEL_POLICY,
  POLICY_PICK_INFORMATION,
  type InstanceBalancerConfig,
} from '../resolver/channel-policy.js';
import { MethodPolicy, type MethodPolicyContext } from './method-policy.js';

/** The policies of one channel over one set of endpoints, and the picker that passes each call to the policy of its method. */
export class MethodPolicies implements Picker {
  private policies: ReadonlyMap<string, MethodPolicy> = new Map<string, MethodPolicy>();
  private channelPolicy: MethodPolicy | undefined;
  private readonly policyContext: PolicyContext;

  constructor(
    private readonly context: MethodPolicyContext,
    { random, clock }: Pick<PolicyContext, 'random' | 'clock'>,
  ) {
    const { tracker } = context;
    const [tick, calls] = [() => tracker.tick(), () => tracker.calls()];
    this.policyContext = { random, clock, tick, calls };
  }

  /** Policies whose config stays the same keep what they have learned. */
  configure({ policies }: InstanceBalancerConfig): void {
    const { context, policyContext } = this;
    const kept = this.policies;
    this.policies = new Map(
      [...policies].map(([key, { text, name, create }]) => {
        const known = kept.get(key);
        if (known?.text === text) return [key, known];
        return [key, new MethodPolicy(text, name, create(policyContext), context)];
      }),
    );
    this.channelPolicy = this.policies.get(CHANNEL_POLICY);
    context.tracker.observe(this.all().map(({ policy }) => policy.observes));
  }

  /** Whether a policy selects by the states of endpoints. */
  get followsStates(): boolean {
    return this.all().some(({ policy }) => policy.followsStates);
  }

  /** Whether calls of one policy can wait or fail independently of another's. */
  get areSeveral(): boolean {
    return this.policies.size > 1 && this.mayDiffer;
  }

  /** Whether a policy may fail calls while another has a ready endpoint. */
  get mayDiffer(): boolean {
    return this.all().some(({ isSelective }) => isSelective);
  }

  /**
   * The union of what the policies select from these instances; undefined for all of them.
   * @param areAll Whether these are all instances that the channel is connected to.
   */
  select(
    listed: readonly ServiceInstance[],
    areAll: boolean,
  ): ReadonlySet<ServiceInstance> | undefined {
    const selections = this.all().map((policy) => policy.select(listed, areAll));
    return selections.includes(listed) ? undefined : new Set(selections.flat());
  }

  invalidate(isReadyChanged: boolean): void {
    for (const policy of this.policies.values()) policy.invalidate(isReadyChanged);
  }

  pick(call: PickArgs): PickResult {
    return this.policyOf(call)?.pick(call) ?? queue();
  }

  /** Explains calls of this call's policy; without a call, those of the channel's policy. */
  explanation(call?: PickArgs): PolicyExplanation {
    return (call ? this.policyOf(call) : this.channelPolicy)!.explanation();
  }

  private policyOf({ extraPickInfo }: PickArgs): MethodPolicy | undefined {
    const key = extraPickInfo[POLICY_PICK_INFORMATION];
    return key === undefined ? this.channelPolicy : (this.policies.get(key) ?? this.channelPolicy);
  }

  private all(): MethodPolicy[] {
    return [...this.policies.values()];
  }
}

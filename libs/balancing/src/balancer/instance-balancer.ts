import { connectivityState as State, type Metadata } from '@grpc/grpc-js';
import type { CallExplanation } from '../explain/call-explanation.js';
import {
  countByStatus,
  describeEndpoint,
  type ChannelDescription,
} from '../explain/channel-description.js';
import { ChannelViewRef } from '../explain/channel-view.js';
import {
  argOf,
  CHANNEL_MEMORY_KEY,
  CHANNEL_VIEW_KEY,
  NO_INSTANCE_KEY,
  WAIT_REASON_KEY,
} from '../grpc/channel-args.js';
import {
  CHANNEL_ARGS_CONFIG_SELECTOR_KEY,
  type ChannelControlHelper,
  type ConfigSelector,
  type Endpoint,
  type LoadBalancer,
  type StatusOr,
  type TypedLoadBalancingConfig,
} from '../grpc/experimental.js';
import { CallTracker } from '../load/call-tracker.js';
import { ChannelMemory } from '../load/channel-memory.js';
import { realClock, type PolicyContext } from '../policies/policy.js';
import { InstanceBalancerConfig } from '../resolver/channel-policy.js';
import { isInstanceEndpoint } from '../resolver/instance-endpoints.js';
import { WaitReason } from '../resolver/wait-reason.js';
import { BalancerSettings } from './balancer-settings.js';
import { EndpointSubchannels } from './endpoint-subchannels.js';
import { MassRemovalGuard } from './mass-removal-guard.js';
import { MethodPolicies } from './method-policies.js';
import { FailureTexts } from './method-policy.js';
import { SubchannelFactory, type ChannelArgs } from './subchannel-factory.js';

/** Only the selectors of xDS need it. */
const NO_CHANNEL_ID = 0;

type Context = Pick<PolicyContext, 'random' | 'clock'>;

const realContext: Context = { random: () => Math.random(), clock: realClock };

/** What exists from the first update until the balancer is destroyed. */
interface Parts {
  readonly subchannels: EndpointSubchannels;
  readonly guard: MassRemovalGuard;
  readonly policies: MethodPolicies;
  readonly tracker: CallTracker;
  readonly memory: ChannelMemory;
  readonly viewRef: ChannelViewRef | undefined;
}

/**
 * The only balancer of a discovery channel, under all of its policies. It keeps one subchannel per address across updates,
 * and aggregates their states.
 *
 * READY if any subchannel is; otherwise CONNECTING if any is; otherwise TRANSIENT_FAILURE. Never IDLE: subchannels reconnect
 * at once. If a policy selects none of the endpoints that are ready, its calls wait or fail independently of this state.
 */
export class InstanceBalancer implements LoadBalancer {
  private parts: Parts | undefined;
  private configText = '';
  private isConfigChanged = false;
  private readonly texts = new FailureTexts();
  /** Chooses the policy of each call. */
  private selector: ConfigSelector | undefined;
  private waitReason: WaitReason | undefined;
  private published: { readonly state: State; readonly details: string | null } | undefined;

  private readonly endpointsChanged = (): void => {
    const { parts } = this;
    if (!parts) return;
    this.select(parts);
    this.publish(parts);
  };

  private readonly stateChanged = (): void => {
    const { parts } = this;
    if (!parts) return;
    if (parts.guard.review() || parts.policies.followsStates) this.select(parts);
    this.publish(parts);
  };

  constructor(
    private readonly channel: ChannelControlHelper,
    private readonly context: Context = realContext,
  ) {}

  getTypeName(): string {
    return InstanceBalancerConfig.typeName;
  }

  updateAddressList(
    endpoints: StatusOr<Endpoint[]>,
    config: TypedLoadBalancingConfig,
    args: ChannelArgs,
    resolutionNote: string,
  ): boolean {
    if (!(config instanceof InstanceBalancerConfig)) return false;
    this.waitReason = argOf(args, WAIT_REASON_KEY, WaitReason);
    this.selector = args[CHANNEL_ARGS_CONFIG_SELECTOR_KEY] as ConfigSelector | undefined;
    const isFirst = this.parts === undefined;
    const parts = (this.parts ??= this.createParts(args));
    this.configure(parts.policies, config);
    if (endpoints.ok) {
      this.texts.resolutionNote = resolutionNote;
      parts.guard.list(endpoints.value.filter(isInstanceEndpoint));
      this.texts.listError = `No endpoint of ${resolutionNote}`;
    } else {
      // By gRPC's rule an error keeps the last list, unless the registry has answered that no instance is left.
      if (args[NO_INSTANCE_KEY] === true) parts.guard.list([]);
      this.texts.listError = endpoints.error.details;
    }
    this.select(parts);
    this.publish(parts);
    if (isFirst && this.published?.state === State.READY) this.publishAgain(parts);
    return true;
  }

  /** Does nothing: subchannels are never idle. */
  exitIdle(): void {
    return;
  }

  /** Does nothing: the backoff belongs to the subchannels, whose interface can't reset it. */
  resetBackoff(): void {
    return;
  }

  destroy(): void {
    const { parts } = this;
    this.parts = undefined;
    this.texts.instances = 0;
    if (parts?.viewRef) parts.viewRef.view = undefined;
    parts?.guard.stop();
    parts?.subchannels.update([]);
    parts?.tracker.stop();
  }

  private createParts(args: ChannelArgs): Parts {
    const settings = BalancerSettings.of(args);
    const { random, clock } = this.context;
    const factory = new SubchannelFactory(this.channel, args, settings.hasOwnPings);
    const memory = argOf(args, CHANNEL_MEMORY_KEY, ChannelMemory) ?? new ChannelMemory(clock);
    const context = { settings, factory, memory, random };
    const subchannels = new EndpointSubchannels(context, this.stateChanged);
    const guard = new MassRemovalGuard(
      settings.massRemoval,
      {
        isReady: ({ instance }) => subchannels.get(instance.address)?.state.kind === 'ready',
        endpointsChanged: this.endpointsChanged,
        massRemoved: (removal) => settings.onMassRemoval?.(removal),
      },
      clock,
    );
    const tracker = new CallTracker(clock, memory.total);
    const policies = new MethodPolicies({ subchannels, tracker, texts: this.texts }, this.context);
    const viewRef = argOf(args, CHANNEL_VIEW_KEY, ChannelViewRef);
    const parts = { subchannels, guard, memory, policies, tracker, viewRef };
    if (viewRef) {
      viewRef.view = {
        describe: () => this.describe(parts),
        explain: (method, metadata) => this.explain(parts, method, metadata),
      };
    }
    return parts;
  }

  private explain({ guard, policies }: Parts, method: string, metadata: Metadata): CallExplanation {
    const extraPickInfo =
      this.selector?.invoke(method, metadata, NO_CHANNEL_ID).pickInformation ?? {};
    const call = { metadata, extraPickInfo };
    const instances = guard.endpoints.map(({ instance }) => instance);
    return { method, ...policies.explanation(call).explain(call, instances) };
  }

  private describe({ subchannels, guard, policies }: Parts): ChannelDescription {
    const instances = guard.endpoints.map(({ instance }) => instance);
    const endpoints = guard.endpoints.map((it) =>
      describeEndpoint(it.instance, subchannels.get(it.instance.address)?.state, guard.isHeld(it)),
    );
    return {
      endpoints,
      counts: countByStatus(endpoints),
      passedOver: policies.explanation().countPassedOver(instances),
      massRemovals: guard.massRemovals,
      failure: this.published?.details ?? undefined,
    };
  }

  private configure(policies: MethodPolicies, config: InstanceBalancerConfig): void {
    const text = JSON.stringify(config.toJsonObject());
    if (text === this.configText) return;
    this.configText = text;
    this.isConfigChanged = true;
    policies.configure(config);
  }

  /** Connects to the endpoints that the policies select. */
  private select({ subchannels, guard, policies, memory }: Parts): void {
    const { called, endpoints } = guard;
    this.texts.instances = endpoints.length;
    const paused = endpoints.slice(called.length);
    const instances = called.map(({ instance }) => instance);
    memory.see(instances);
    const selected = policies.select(instances, paused.length === 0);
    const chosen = selected ? called.filter((it) => selected.has(it.instance)) : called;
    subchannels.update(paused.length > 0 ? [...chosen, ...paused] : chosen);
  }

  private publish({ subchannels, policies }: Parts): void {
    const { ready, connecting } = subchannels.counts;
    const isReadyChanged = subchannels.takeReadyChanged();
    policies.invalidate(isReadyChanged);
    // Computed in every state: the next picker includes what changed while nothing was ready.
    const isChanged = isReadyChanged || this.isConfigChanged || policies.mayDiffer;
    if (ready > 0) {
      this.isConfigChanged = false;
      if (isChanged) this.update(State.READY, policies, null);
    } else if (connecting > 0) {
      // grpc-js then picks again for waiting calls, also for a policy whose own instances have all failed.
      if (this.published?.state !== State.CONNECTING || policies.areSeveral) {
        this.update(State.CONNECTING, policies, null);
      }
    } else {
      const details =
        subchannels.size > 0
          ? this.texts.unreachable(subchannels.size, subchannels.lastError(subchannels.among()))
          : this.texts.listError;
      if (this.published?.details !== details) {
        this.update(State.TRANSIENT_FAILURE, policies, details);
      }
    }
  }

  /**
   * grpc-js's outlier detection applies its config only after the first update of its child. It never counts calls of a
   * picker that is published during that update, which happens if subchannels are ready already.
   */
  private publishAgain(parts: Parts): void {
    queueMicrotask(() => {
      const isReady = parts === this.parts && this.published?.state === State.READY;
      if (isReady) this.update(State.READY, parts.policies, null);
    });
  }

  private update(state: State, picker: MethodPolicies, details: string | null): void {
    this.published = { state, details };
    if (this.waitReason) this.waitReason.connectivity = details ?? undefined;
    this.channel.updateState(state, picker, details);
  }
}

import { connectivityState as State, type Metadata } from '@grpc/grpc-js';
import {
  DEFAULT_CONNECT_TIMEOUT_MS,
  discoveryArgsOf,
  NO_INSTANCE_KEY,
  type DiscoveryArgs,
} from '../channel/channel-args.js';
import type { CallExplanation } from '../channel/call-explanation.js';
import type { ChannelDescription } from '../channel/channel-description.js';
import { channelNoteOf, type ChannelNote } from '../channel/channel-note.js';
import { isInstanceEndpoint } from '../channel/instance-endpoint.js';
import {
  CHANNEL_ARGS_CONFIG_SELECTOR_KEY,
  type ChannelControlHelper,
  type ConfigSelector,
  type Endpoint,
  type LoadBalancer,
  type StatusOr,
  type TypedLoadBalancingConfig,
} from '../grpc/experimental.js';
import type { ChanceAndTime } from '../policies/policy.js';
import { channelMemoryOf, type ChannelMemory } from './channel-memory.js';
import { ChannelSubchannels, type ChannelArgs } from './channel-subchannels.js';
import { countByStatus, describeEndpoint } from './describe-endpoints.js';
import { EndpointChildren } from './endpoint-children.js';
import { HeldEndpoints, type HoldOwner } from './held-endpoints.js';
import { InstanceBalancerConfig } from './instance-balancer-config.js';
import type { FailureTexts } from './policy-slot.js';
import { PolicySlots } from './policy-slots.js';

/** Of a channel whose options were not made with `discoveryChannelOptions`. */
const BELIEVE_ALL = { share: 1, windowMs: 0, holdMs: 0 };

/** Only xDS's selectors ask for it. */
const NO_CHANNEL_ID = 0;

const realContext = { chance: () => Math.random(), now: () => performance.now() };

/** What exists from the first update to the end. */
interface Parts {
  readonly children: EndpointChildren;
  readonly held: HeldEndpoints;
  readonly slots: PolicySlots;
  readonly memory: ChannelMemory;
  /** What the channel was made with; nothing when another resolver feeds the policy. */
  readonly discovery: DiscoveryArgs | undefined;
}

/**
 * The one balancer of a discovery channel: one child per address, kept over updates; the policies that choose among them;
 * and the aggregation of the children's states.
 *
 * READY when any child is; else CONNECTING when any child is; else TRANSIENT_FAILURE. Never IDLE: children reconnect at
 * once. Calls of a policy that wants other endpoints than those that are ready wait or fail by themselves.
 */
export class InstanceBalancer implements LoadBalancer, FailureTexts {
  private parts: Parts | undefined;
  private configText = '';
  private isChanged = false;
  /** Names the service and where its instances are searched. */
  private resolutionNote = '';
  /** Why the list is empty. */
  private listError = '';
  /** Tells which policy serves a call. */
  private selector: ConfigSelector | undefined;
  private note: ChannelNote | undefined;
  private published: { readonly state: State; readonly details: string | null } | undefined;

  constructor(
    private readonly channel: ChannelControlHelper,
    private readonly context: ChanceAndTime = realContext,
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
    this.note = channelNoteOf(args);
    this.selector = args[CHANNEL_ARGS_CONFIG_SELECTOR_KEY] as ConfigSelector | undefined;
    const isFirst = this.parts === undefined;
    this.parts ??= this.createParts(args);
    this.takeConfig(this.parts.slots, config);
    if (endpoints.ok) {
      this.resolutionNote = resolutionNote;
      this.parts.held.list(endpoints.value.filter(isInstanceEndpoint));
      this.listError = `No endpoint of ${resolutionNote}`;
    } else {
      // By gRPC's rule an error keeps the last list, unless it says that there is no instance any more.
      if (args[NO_INSTANCE_KEY] === true) this.parts.held.list([]);
      this.listError = endpoints.error.details;
    }
    this.select(this.parts);
    this.publish(this.parts);
    if (isFirst && this.published?.state === State.READY) this.publishAgain(this.parts);
    return true;
  }

  /** Nothing to do: children are never idle. */
  exitIdle(): void {
    return;
  }

  /** Nothing to do: the backoff belongs to the subchannels, whose interface can't reset it. */
  resetBackoff(): void {
    return;
  }

  destroy(): void {
    const { parts } = this;
    this.parts = undefined;
    if (parts?.discovery) parts.discovery.view = undefined;
    parts?.held.stop();
    parts?.children.update([]);
    parts?.slots.stop();
  }

  none(refusal: string | undefined): string {
    const count = this.parts?.held.endpoints.length ?? 0;
    if (count === 0 || refusal === undefined) return this.listError;
    const instances = count === 1 ? 'Not even the only instance' : `None of ${count} instances`;
    return `${instances} of ${this.resolutionNote} ${refusal}`;
  }

  unreachable(wanted: number, lastError: string): string {
    const count = wanted === 1 ? 'the only instance' : `any of ${wanted} instances`;
    return `No connection to ${count} of ${this.resolutionNote}. Last error: ${lastError}`;
  }

  private createParts(args: ChannelArgs): Parts {
    const discovery = discoveryArgsOf(args);
    const subchannels = new ChannelSubchannels(this.channel, args, discovery?.pingsAreTold ?? true);
    const connectTimeoutMs = discovery?.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
    const memory = channelMemoryOf(args, this.context.now);
    const follow = () => this.childChanged();
    const children = new EndpointChildren(
      subchannels,
      follow,
      connectTimeoutMs,
      memory,
      discovery?.health?.service,
      this.context.chance,
    );
    const owner: HoldOwner = {
      isReady: ({ instance }) => children.get(instance.address)?.state.kind === 'ready',
      endpointsChanged: () => this.listChanged(),
      doubted: (removal) => discovery?.onMassRemoval(removal),
    };
    const rule = discovery?.massRemoval ?? BELIEVE_ALL;
    const held = new HeldEndpoints(rule, owner, this.context.now);
    const slots = new PolicySlots(children, this.context, this, memory.total);
    const parts = { children, held, memory, slots, discovery };
    if (discovery) {
      discovery.view = {
        describe: () => this.describe(parts),
        explain: (method, metadata) => this.explain(parts, method, metadata),
      };
    }
    return parts;
  }

  private explain({ held, slots }: Parts, method: string, metadata: Metadata): CallExplanation {
    const extraPickInfo =
      this.selector?.invoke(method, metadata, NO_CHANNEL_ID).pickInformation ?? {};
    const call = { metadata, extraPickInfo };
    const instances = held.endpoints.map(({ instance }) => instance);
    return { method, ...slots.explanation(call).explain(call, instances) };
  }

  private describe({ children, held, slots }: Parts): ChannelDescription {
    const endpoints = held.endpoints.map((it) =>
      describeEndpoint(it, children.get(it.instance.address)?.state, held.isHeld(it)),
    );
    const counts = countByStatus(endpoints);
    const failure = this.published?.details ?? undefined;
    const instances = held.endpoints.map(({ instance }) => instance);
    const passedOver = slots.explanation().countPassedOver(instances);
    return { endpoints, counts, passedOver, massRemovals: held.doubts, failure };
  }

  private takeConfig(slots: PolicySlots, config: InstanceBalancerConfig): void {
    const text = JSON.stringify(config.toJsonObject());
    if (text === this.configText) return;
    this.configText = text;
    this.isChanged = true;
    slots.configure(config);
  }

  /** Connects to what the policies want of the list. */
  private select({ children, held, slots, memory }: Parts): void {
    const { called } = held;
    const resting = held.endpoints.slice(called.length);
    const instances = called.map(({ instance }) => instance);
    memory.see(instances);
    const wanted = slots.select(instances, resting.length === 0);
    const chosen = wanted ? called.filter((it) => wanted.has(it.instance)) : called;
    children.update(resting.length > 0 ? [...chosen, ...resting] : chosen);
  }

  private listChanged(): void {
    const { parts } = this;
    if (!parts) return;
    this.select(parts);
    this.publish(parts);
  }

  private childChanged(): void {
    const { parts } = this;
    if (!parts) return;
    if (parts.held.review() || parts.slots.followsStates) this.select(parts);
    this.publish(parts);
  }

  private publish({ children, slots }: Parts): void {
    const { ready, connecting } = children.counts;
    const isReadyChanged = children.takeReadyChanged();
    slots.changed(isReadyChanged);
    // Asked in every state: what has changed while nothing was ready is part of the next picker anyway.
    const isChanged = isReadyChanged || this.isChanged || slots.mayDiffer;
    if (ready > 0) {
      this.isChanged = false;
      if (isChanged) this.tell(State.READY, slots, null);
    } else if (connecting > 0) {
      // Calls that wait for a policy whose own instances have all failed are looked at again.
      if (this.published?.state !== State.CONNECTING || slots.areSeveral) {
        this.tell(State.CONNECTING, slots, null);
      }
    } else {
      const details =
        children.size > 0
          ? this.unreachable(children.size, children.lastError(children.among(undefined)))
          : this.listError;
      if (this.published?.details !== details) this.tell(State.TRANSIENT_FAILURE, slots, details);
    }
  }

  /**
   * grpc-js's outlier detection takes its config only after the first update of its child: on a picker that is published
   * within that update, as over subchannels that are ready already, it never counts.
   */
  private publishAgain(parts: Parts): void {
    queueMicrotask(() => {
      const isStill = parts === this.parts && this.published?.state === State.READY;
      if (isStill) this.tell(State.READY, parts.slots, null);
    });
  }

  private tell(state: State, picker: PolicySlots, details: string | null): void {
    this.published = { state, details };
    if (this.note) this.note.connectivity = details ?? undefined;
    this.channel.updateState(state, picker, details);
  }
}

import { connectivityState as State } from '@grpc/grpc-js';
import {
  DEFAULT_CONNECT_TIMEOUT_MS,
  discoveryArgsOf,
  NO_INSTANCE_KEY,
} from '../channel/channel-args.js';
import { channelNoteOf, type ChannelNote } from '../channel/channel-note.js';
import { isInstanceEndpoint } from '../channel/instance-endpoint.js';
import type {
  ChannelControlHelper,
  Endpoint,
  LoadBalancer,
  Picker,
  StatusOr,
  TypedLoadBalancingConfig,
} from '../grpc/experimental.js';
import { failPicker, queuePicker } from '../grpc/pick.js';
import type { BalancedEndpoint } from './balanced-endpoint.js';
import { ChannelSubchannels, type ChannelArgs } from './channel-subchannels.js';
import { EndpointChildren } from './endpoint-children.js';

/**
 * What all policies over instances have in common: one child per address, kept over updates, and the aggregation of
 * their states. A policy overrides {@link createPicker}.
 *
 * READY when any child is; else CONNECTING when any child is; else TRANSIENT_FAILURE. Never IDLE: children reconnect at
 * once.
 */
export abstract class InstanceBalancer<
  Config extends TypedLoadBalancingConfig,
> implements LoadBalancer {
  private children: EndpointChildren | undefined;
  private config: { readonly value: Config; readonly text: string } | undefined;
  private configChanged = false;
  /** Names the service and where its instances are searched. */
  private resolutionNote = '';
  /** Why the list is empty. */
  private listError = '';
  private note: ChannelNote | undefined;
  private published: { readonly state: State; readonly details: string | null } | undefined;

  constructor(private readonly channel: ChannelControlHelper) {}

  abstract getTypeName(): string;

  /**
   * Makes the picker for these endpoints: at least one, all READY, in no particular order. Called when one of them comes,
   * goes or has new data, or when the config changes, and for no other reason.
   */
  protected abstract createPicker(ready: readonly BalancedEndpoint[], config: Config): Picker;

  updateAddressList(
    endpoints: StatusOr<Endpoint[]>,
    config: TypedLoadBalancingConfig,
    args: ChannelArgs,
    resolutionNote: string,
  ): boolean {
    if (config.getLoadBalancerName() !== this.getTypeName()) return false;
    this.takeConfig(config as Config);
    this.note = channelNoteOf(args);
    this.children ??= this.createChildren(args);
    if (endpoints.ok) {
      this.resolutionNote = resolutionNote;
      this.children.update(endpoints.value.filter(isInstanceEndpoint));
      this.listError = `No endpoint of ${resolutionNote}`;
    } else {
      // By gRPC's rule an error keeps the last list, unless it says that there is no instance any more.
      if (args[NO_INSTANCE_KEY] === true) this.children.update([]);
      this.listError = endpoints.error.details;
    }
    this.publish(this.children);
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
    this.children?.update([]);
    this.children = undefined;
  }

  private createChildren(args: ChannelArgs): EndpointChildren {
    const subchannels = new ChannelSubchannels(this.channel, args);
    const { connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS } = discoveryArgsOf(args) ?? {};
    const children = new EndpointChildren(
      subchannels,
      () => this.publish(children),
      connectTimeoutMs,
    );
    return children;
  }

  private takeConfig(value: Config): void {
    const text = JSON.stringify(value.toJsonObject());
    if (text === this.config?.text) return;
    this.config = { value, text };
    this.configChanged = true;
  }

  private publish(children: EndpointChildren): void {
    if (children !== this.children || !this.config) return;
    const { ready, connecting } = children.counts;
    // Asked in every state: what has changed while nothing was ready is part of the next picker anyway.
    const changed = children.takeReadyChanged() || this.configChanged;
    if (ready > 0) {
      if (!changed) return;
      this.configChanged = false;
      this.tell(State.READY, this.createPicker(children.ready(), this.config.value), null);
    } else if (connecting > 0) {
      if (this.published?.state !== State.CONNECTING)
        this.tell(State.CONNECTING, queuePicker, null);
    } else {
      const details = children.size > 0 ? this.unreachable(children) : this.listError;
      if (this.published?.details !== details) {
        this.tell(State.TRANSIENT_FAILURE, failPicker(details), details);
      }
    }
  }

  private unreachable(children: EndpointChildren): string {
    const count = children.size === 1 ? 'the only instance' : `any of ${children.size} instances`;
    return `No connection to ${count} of ${this.resolutionNote}. Last error: ${children.lastError()}`;
  }

  private tell(state: State, picker: Picker, details: string | null): void {
    this.published = { state, details };
    if (this.note) this.note.connectivity = details ?? undefined;
    this.channel.updateState(state, picker, details);
  }
}

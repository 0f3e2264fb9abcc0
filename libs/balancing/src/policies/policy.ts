import type { ServiceInstance } from '@grpc-discovery/registry';
import type { BalancedEndpoint } from '../balancer/balanced-endpoint.js';
import type { PassedOverReason } from '../channel/passed-over.js';
import type { PolicyConfig } from '../channel/policy-config.js';
import type { PickArgs } from '../grpc/experimental.js';
import type { SettingsReader } from './settings-reader.js';

/** What a policy goes by for an endpoint, besides what the channel knows of it: names and numbers of its own. */
export type PolicyView = Readonly<Record<string, number>>;

/** Chooses an endpoint for each call: without I/O, without waiting, and without telling whether the call will start. */
export interface EndpointPicker {
  /**
   * @param avoid an endpoint that a policy above does not want for this call. It is returned only when the picker has no
   * other.
   */
  pick(call: PickArgs, avoid?: BalancedEndpoint): BalancedEndpoint;
  /**
   * A number from 0 to 1 that is always the same for calls that belong together, in place of chance, for policies above
   * that spread calls by chance.
   */
  draw?(call: PickArgs): number;
  /** Why it picks this endpoint for no call at present; nothing where it may. Asked for explanations only. */
  passesOver?(endpoint: BalancedEndpoint): PassedOverReason | undefined;
  /** Asked for explanations only. */
  view?(endpoint: BalancedEndpoint, call: PickArgs): PolicyView;
}

/** Hears which of the listed instances a policy leaves out, and why. */
export type SelectionTrace = (
  reason: PassedOverReason,
  listed: readonly ServiceInstance[],
  selected: readonly ServiceInstance[],
) => void;

export type EndpointState = 'connecting' | 'ready' | 'failing';

/** What a policy reads of each call's course; the channel keeps it per endpoint, over changes of policies. */
export interface Observation {
  /** Calls in flight, and picks not yet started. */
  readonly counts?: boolean;
  /** The same, and the latency average with this half-life. */
  readonly load?: { readonly halfLifeMs: number };
  /** The load reports that servers send in trailers. */
  readonly reports?: boolean;
}

/** One policy of a channel. It lives as long as its config stays; pickers come and go. */
export interface EndpointPolicy {
  readonly observes?: Observation;
  /** Whether {@link select} depends on the states of endpoints: it is then also called when one has changed. */
  readonly followsStates?: boolean;
  /**
   * Which of the listed instances it wants subchannels to; `listed` itself means all. Called for each new list.
   * @param stateOf the state of an instance, undefined when it has no subchannel.
   * @param trace given for explanations; the same list and states select the same again.
   */
  select(
    listed: readonly ServiceInstance[],
    stateOf: (instance: ServiceInstance) => EndpointState | undefined,
    trace?: SelectionTrace,
  ): readonly ServiceInstance[];
  /**
   * Why it selected nothing of a list that was not empty, completing "No instance of service x …".
   */
  refusal?(): string | undefined;
  /** @param ready at least one of the selected, all READY, in no particular order. */
  createPicker(ready: readonly BalancedEndpoint[]): EndpointPicker;
}

/** Chance and time, which specs script. */
export interface ChanceAndTime {
  /** A number from 0 (inclusive) to 1 (exclusive). */
  readonly chance: () => number;
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
}

/** What a policy is made with. */
export interface PolicyContext extends ChanceAndTime {
  /** The turn of the event loop, for {@link BalancedEndpoint.load}. */
  readonly tick: () => number;
  /** Calls of the channel that are in flight or picked in this tick, as far as they are counted. */
  readonly calls: () => number;
}

export type PolicyFactory = (context: PolicyContext) => EndpointPolicy;

/** The first of a list of configs whose policy is known, ready to be created. */
export type ParsePolicy = (configs: readonly PolicyConfig[]) => PolicyFactory;

/** A kind of policy, by its name in a service config. */
export interface PolicyType {
  readonly name: string;
  /** @throws InvalidPolicyError when a setting can't work. */
  parse(settings: SettingsReader): PolicyFactory;
}

/** A policy over all endpoints: most leaves. */
export abstract class UnselectivePolicy implements EndpointPolicy {
  select(listed: readonly ServiceInstance[]): readonly ServiceInstance[] {
    return listed;
  }

  abstract createPicker(ready: readonly BalancedEndpoint[]): EndpointPicker;
}

import type { ServiceInstance } from '@grpc-discovery/registry';
import type { PickArgs } from '../grpc/experimental.js';

/**
 * A load-balancing policy and its settings, in the form of an entry of `loadBalancingConfig` in a gRPC service config:
 * one key, the policy's name, with an object of settings. Survives JSON.
 */
export type PolicyConfig = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Returns a number from 0 (inclusive) to 1 (exclusive). Specs script it. */
export type Random = () => number;

/** Specs script it. */
export interface Clock {
  /** Monotonic, in milliseconds. */
  now(): number;
}

export const realClock: Clock = { now: () => performance.now() };

/** What a server reports of itself at the end of a call: the part of an ORCA load report (gRFC A51) that policies use. */
export interface LoadReport {
  /** Share of its capacity in use; 1 is all of it. */
  readonly utilization: number;
  /** Calls that it serves per second. */
  readonly callsPerSecond: number;
  /** Calls that fail per second; `callsPerSecond` includes them. */
  readonly errorsPerSecond: number;
}

/** What a channel has learned about one instance. It survives reconnects, new pickers and new policies. */
export interface EndpointLoad {
  /** When this client first saw the instance; -Infinity if the instance was there before the client. */
  readonly firstSeenAt: number;
  /** The latest report of the server, and when it arrived. */
  readonly report: { readonly value: LoadReport; readonly at: number } | undefined;
  /** Calls in flight, plus calls picked in this tick of the event loop that have not started yet. */
  active(tick: number): number;
  /**
   * Exponentially weighted moving average, in milliseconds, of each call's latency divided by the number of calls that
   * shared the instance: what one more call costs. 0 while the instance warms up.
   */
  latencyPerCallMs(now: number, halfLifeMs: number): number;
}

/**
 * An endpoint as policies and pickers see it. The object exists exactly as long as a policy selects its address, across
 * reconnects and new weights, so it can be the key of a `WeakMap`.
 */
export interface BalancedEndpoint {
  readonly address: string;
  /** The latest data that the registry has for this address. */
  readonly instance: ServiceInstance;
  readonly load: EndpointLoad;
}

/**
 * Connectivity of an endpoint. There is no idle state: a subchannel that becomes IDLE reconnects at once.
 */
export type EndpointState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'ready' }
  /** From the first failure until READY: gRFC A62 requires TRANSIENT_FAILURE to be sticky. */
  | {
      readonly kind: 'failing';
      /** Whether it can't be connected to, or is connected and must not be called. */
      readonly cause: 'failing' | 'ejected' | 'unhealthy';
      readonly error: string;
    };

/** Returns the state of an instance; undefined if it has no subchannel. */
export type StateOf = (instance: ServiceInstance) => EndpointState['kind'] | undefined;

/** Every reason for which a policy passes over an instance. */
export type PassedOverReason =
  /** Not connected yet. */
  | 'connecting'
  /** The last attempt to connect failed. */
  | 'failing'
  /** Ejected by outlier detection because of its errors. */
  | 'ejected'
  /** Reports that it does not serve. */
  | 'unhealthy'
  /** Has weight 0, while others have a weight. */
  | 'draining'
  /** Does not have the version or metadata that `filterInstances` requires. */
  | 'not-matching'
  /** Not in the client's `subset`. */
  | 'not-in-subset'
  /** `pickFirst` has chosen another. */
  | 'not-first'
  /** `preferLocality` has enough closer instances. */
  | 'other-locality'
  /** Held after a mass removal, and paused because another held instance has just closed. */
  | 'resting';

/** Receives each step of a selection: which of the listed instances a policy leaves out, and why. */
export type SelectionTrace = (
  reason: PassedOverReason,
  listed: readonly ServiceInstance[],
  selected: readonly ServiceInstance[],
) => void;

/** The numbers, by name, that a policy bases its choice of an endpoint on. */
export type PolicyView = Readonly<Record<string, number>>;

/** Chooses an endpoint for each call, without I/O and without waiting. It does not learn whether the call starts. */
export interface EndpointPicker {
  /**
   * @param avoid An endpoint that an outer policy rejects for this call. Returned only if the picker has no other.
   */
  pick(call: PickArgs, avoid?: BalancedEndpoint): BalancedEndpoint;
  /**
   * A number from 0 to 1 that is the same for all calls that belong together. Outer policies that spread calls at random
   * use it instead of a random number.
   */
  draw?(call: PickArgs): number;
  /** Why it currently picks this endpoint for no call; undefined if it may. Used for explanations only. */
  passesOver?(endpoint: BalancedEndpoint): PassedOverReason | undefined;
  /** Used for explanations only. */
  view?(endpoint: BalancedEndpoint, call: PickArgs): PolicyView;
}

/** What a policy needs to know about calls. The channel keeps these numbers per endpoint, across changes of policy. */
export interface Observation {
  /** Calls in flight, and picks that have not started. */
  readonly counts?: boolean;
  /** The same, plus the average latency with this half-life. */
  readonly load?: { readonly halfLifeMs: number };
  /** The load reports that servers send in trailers. */
  readonly reports?: boolean;
}

/** One policy of a channel. It exists as long as its config stays the same; pickers are replaced more often. */
export interface EndpointPolicy {
  readonly observes?: Observation;
  /** Whether {@link select} depends on the states of endpoints: it then also runs when a state changes. */
  readonly followsStates?: boolean;
  /**
   * Selects the instances to connect to; `listed` itself means all. Called for each new list.
   * @param trace Passed for explanations only. The same list and states must produce the same selection again.
   */
  select(
    listed: readonly ServiceInstance[],
    stateOf: StateOf,
    trace?: SelectionTrace,
  ): readonly ServiceInstance[];
  /** Why it selected nothing from a list that was not empty. Completes "No instance of service x …". */
  refusal?(): string | undefined;
  /** @param ready At least one of the selected endpoints, all READY, in no particular order. */
  createPicker(ready: readonly BalancedEndpoint[]): EndpointPicker;
}

/** What a policy is created with. */
export interface PolicyContext {
  readonly random: Random;
  readonly clock: Clock;
  /** The current tick of the event loop, for {@link EndpointLoad.active}. */
  readonly tick: () => number;
  /** Calls of the channel that are in flight or were picked in this tick; 0 if no policy has them counted. */
  readonly calls: () => number;
}

export type PolicyFactory = (context: PolicyContext) => EndpointPolicy;

/** A policy that selects every endpoint, as most policies without a child do. */
export abstract class UnselectivePolicy implements EndpointPolicy {
  select(listed: readonly ServiceInstance[]): readonly ServiceInstance[] {
    return listed;
  }

  abstract createPicker(ready: readonly BalancedEndpoint[]): EndpointPicker;
}

/** A policy around another. It delegates everything; subclasses override what they change. */
export abstract class WrappedPolicy implements EndpointPolicy {
  constructor(protected readonly child: EndpointPolicy) {}

  get observes(): Observation | undefined {
    return this.child.observes;
  }

  get followsStates(): boolean {
    return this.child.followsStates ?? false;
  }

  select(
    listed: readonly ServiceInstance[],
    stateOf: StateOf,
    trace?: SelectionTrace,
  ): readonly ServiceInstance[] {
    return this.child.select(listed, stateOf, trace);
  }

  refusal(): string | undefined {
    return this.child.refusal?.();
  }

  createPicker(ready: readonly BalancedEndpoint[]): EndpointPicker {
    return this.child.createPicker(ready);
  }
}

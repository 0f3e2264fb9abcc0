import { connectivityState as State } from '@grpc/grpc-js';
import type { ServiceInstance } from '@grpc-discovery/registry';
import type {
  ConnectivityStateListener,
  PickResult,
  SubchannelInterface,
} from '../grpc/experimental.js';
import { complete } from '../grpc/pick.js';
import { handshakeOf } from '../grpc/private-members.js';
import { HealthWatch } from '../health/health-watch.js';
import type { ChannelMemory } from '../load/channel-memory.js';
import type { MeasuredLoad } from '../load/endpoint-load.js';
import type { BalancedEndpoint, EndpointState, Random } from '../policies/policy.js';
import type { InstanceEndpoint } from '../resolver/instance-endpoints.js';
import type { BalancerSettings } from './balancer-settings.js';
import type { SubchannelFactory } from './subchannel-factory.js';

/** What all endpoints of a channel share. */
export interface SubchannelContext {
  readonly settings: BalancerSettings;
  readonly factory: SubchannelFactory;
  readonly memory: ChannelMemory;
  readonly random: Random;
  readonly onStateChange: (subchannel: EndpointSubchannel, previous: EndpointState) => void;
}

const connecting: EndpointState = { kind: 'connecting' };
const ready: EndpointState = { kind: 'ready' };

function failing(cause: 'failing' | 'ejected' | 'unhealthy', error: string): EndpointState {
  return { kind: 'failing', cause, error };
}

/**
 * One endpoint and its subchannel: the counterpart of the SubConn wrapper of grpc-go's balancers. It keeps the subchannel
 * connected, replaces it when an attempt to connect hangs, watches its health, and merges all of that into one state. It is no
 * `SubchannelWrapper` in the sense of grpc-js, which would be a subchannel itself.
 */
export class EndpointSubchannel implements BalancedEndpoint {
  /** Number of the last update that contained the address. */
  round = 0;
  state: EndpointState = connecting;
  subchannel: SubchannelInterface;
  load: MeasuredLoad;
  /** The result for picks whose calls no policy observes: all such picks share it. */
  unobservedPick: PickResult;
  private readonly health: HealthWatch | undefined;
  private attempt = 0;
  private attemptTimer: NodeJS.Timeout | undefined;

  private readonly onConnectivity: ConnectivityStateListener = (_, __, state, ___, error) =>
    this.enter(this.next(state, error));
  private readonly onHealth = () => this.enter(this.next(this.subchannel.getConnectivityState()));

  constructor(
    private endpoint: InstanceEndpoint,
    private readonly context: SubchannelContext,
  ) {
    this.load = context.memory.load(endpoint.instance);
    this.health = this.createHealth();
    this.subchannel = this.attach();
    this.unobservedPick = complete(this.subchannel);
    this.state = this.next(this.subchannel.getConnectivityState());
  }

  get address(): string {
    return this.endpoint.instance.address;
  }

  get instance(): ServiceInstance {
    return this.endpoint.instance;
  }

  /** Applies the latest data of the address. @returns whether it has changed. */
  update(endpoint: InstanceEndpoint): boolean {
    const changed = this.endpoint.instance !== endpoint.instance;
    this.endpoint = endpoint;
    if (!changed) return false;
    const load = this.context.memory.load(endpoint.instance);
    if (load !== this.load) this.health?.forget();
    this.load = load;
    return true;
  }

  /** Calls in flight continue: the subchannel closes gracefully once nothing else uses it. */
  destroy(): void {
    clearTimeout(this.attemptTimer);
    this.health?.close();
    this.detach();
  }

  private attach(): SubchannelInterface {
    const subchannel = this.context.factory.create(this.endpoint, this.attempt);
    subchannel.ref();
    subchannel.addConnectivityStateListener(this.onConnectivity);
    subchannel.addHealthStateWatcher(this.onHealth);
    return subchannel;
  }

  private detach(): void {
    this.subchannel.removeConnectivityStateListener(this.onConnectivity);
    this.subchannel.removeHealthStateWatcher(this.onHealth);
    this.context.factory.drop(this.subchannel);
    // Last, since it may end the subchannel.
    this.subchannel.unref();
  }

  private enter(next: EndpointState): void {
    const previous = this.state;
    this.state = next;
    if (previous !== next) this.context.onStateChange(this, previous);
  }

  private next(connectivity: State, error?: string): EndpointState {
    clearTimeout(this.attemptTimer);
    if (connectivity === State.READY) return this.nextConnected();
    this.health?.close();
    if (connectivity === State.CONNECTING) this.boundAttempt();
    // In TRANSIENT_FAILURE this requests a new attempt after the backoff, without a stop in IDLE.
    else this.subchannel.startConnecting();
    if (connectivity === State.TRANSIENT_FAILURE) {
      return failing('failing', error ?? 'the last attempt to connect failed');
    }
    if (this.state.kind !== 'failing') return connecting;
    return this.state.cause === 'failing' ? this.state : failing('failing', this.state.error);
  }

  private nextConnected(): EndpointState {
    this.health?.open(this.subchannel);
    // Only wrappers of grpc-js, such as that of outlier_detection, are ever unhealthy.
    if (!this.subchannel.isHealthy()) return failing('ejected', 'ejected');
    const isShared = () => this.context.memory.shared.isShared(this.address);
    const isServing = (this.health?.isServing ?? true) || isShared();
    return isServing ? ready : failing('unhealthy', 'its health is NOT_SERVING');
  }

  private createHealth(): HealthWatch | undefined {
    const { settings, random } = this.context;
    if (!settings.health) return undefined;
    const { service } = settings.health;
    const authority = this.instance.service;
    return new HealthWatch({ authority, service, random, healthChanged: this.onHealth });
  }

  /**
   * grpc-js has no connect timeout: if an endpoint accepts TCP and never sends SETTINGS, its subchannel stays CONNECTING
   * forever, even after the endpoint has recovered. Only a fresh subchannel helps, and the number of the attempt keeps the
   * pool from returning the one that hangs.
   */
  private boundAttempt(): void {
    const { connectTimeoutMs } = this.context.settings;
    this.attemptTimer = setTimeout(() => {
      const hung = this.subchannel;
      this.detach();
      // Otherwise its socket stays open until the endpoint closes it.
      handshakeOf(hung)?.destroy();
      this.attempt += 1;
      this.subchannel = this.attach();
      this.unobservedPick = complete(this.subchannel);
      const next = this.next(this.subchannel.getConnectivityState());
      const error = `no HTTP/2 connection within ${connectTimeoutMs} ms`;
      this.enter(next.kind === 'ready' ? next : failing('failing', error));
    }, connectTimeoutMs).unref();
  }
}

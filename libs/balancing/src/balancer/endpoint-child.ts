import { connectivityState as State } from '@grpc/grpc-js';
import type { ServiceInstance } from '@grpc-discovery/registry';
import type { InstanceEndpoint } from '../channel/instance-endpoint.js';
import type {
  ConnectivityStateListener,
  PickResult,
  SubchannelInterface,
} from '../grpc/experimental.js';
import { complete } from '../grpc/pick.js';
import { handshakeOf } from '../grpc/private-members.js';
import type { BalancedEndpoint } from './balanced-endpoint.js';
import type { ChannelSubchannels } from './channel-subchannels.js';
import type { EndpointLoad } from './endpoint-load.js';
import { HealthWatch } from './health-watch.js';

/** There is no idle state: a subchannel that becomes IDLE is told to connect at once. */
export type ChildState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'ready' }
  /** Since the first failure, until READY: gRFC A62 wants TRANSIENT_FAILURE to be sticky. */
  | {
      readonly kind: 'failing';
      /** Whether it can't be connected to, or is connected and not to be called. */
      readonly cause: 'failing' | 'ejected' | 'unhealthy';
      readonly error: string;
    };

/** What a child needs of those who own it. */
export interface ChildOwner {
  readonly connectTimeoutMs: number;
  /** Name of the service whose health is watched; undefined for none. */
  readonly healthService: string | undefined;
  readonly chance: () => number;
  readonly subchannels: ChannelSubchannels;
  loadOf(instance: ServiceInstance): EndpointLoad;
  /** Whether several instances have this address. */
  isShared(address: string): boolean;
  childChanged(child: EndpointChild, previous: ChildState): void;
}

const connecting: ChildState = { kind: 'connecting' };
const ready: ChildState = { kind: 'ready' };

function failing(cause: 'failing' | 'ejected' | 'unhealthy', error: string): ChildState {
  return { kind: 'failing', cause, error };
}

/** One endpoint of the list and its subchannel, which it keeps connected. */
export class EndpointChild implements BalancedEndpoint {
  /** The round of updates that has last seen the address. */
  round = 0;
  state: ChildState = connecting;
  subchannel: SubchannelInterface;
  load: EndpointLoad;
  /** Shared by all picks whose calls nobody wants to follow. */
  unobservedPick: PickResult;
  private readonly health: HealthWatch | undefined;
  private attempt = 0;
  private attemptTimer: NodeJS.Timeout | undefined;

  private readonly onConnectivity: ConnectivityStateListener = (_, __, state, ___, error) =>
    this.follow(state, error);
  private readonly onHealth = () => this.follow(this.subchannel.getConnectivityState());

  constructor(
    private endpoint: InstanceEndpoint,
    private readonly owner: ChildOwner,
  ) {
    this.load = owner.loadOf(endpoint.instance);
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

  /** Takes over new data for the address; says whether there was any. */
  update(endpoint: InstanceEndpoint): boolean {
    const changed = this.endpoint.instance !== endpoint.instance;
    this.endpoint = endpoint;
    if (!changed) return false;
    const load = this.owner.loadOf(endpoint.instance);
    if (load !== this.load) this.health?.forget();
    this.load = load;
    return true;
  }

  /** Calls in flight go on: the subchannel closes gracefully when nobody else uses it. */
  destroy(): void {
    clearTimeout(this.attemptTimer);
    this.health?.close();
    this.detach();
  }

  private attach(): SubchannelInterface {
    const { addresses, instance } = this.endpoint;
    const wanted = { instance, address: addresses[0], attempt: this.attempt };
    const subchannel = this.owner.subchannels.create(wanted);
    subchannel.ref();
    subchannel.addConnectivityStateListener(this.onConnectivity);
    subchannel.addHealthStateWatcher(this.onHealth);
    return subchannel;
  }

  private detach(): void {
    this.subchannel.removeConnectivityStateListener(this.onConnectivity);
    this.subchannel.removeHealthStateWatcher(this.onHealth);
    this.owner.subchannels.drop(this.subchannel);
    // Last: it may end the subchannel.
    this.subchannel.unref();
  }

  private follow(connectivity: State, error?: string): void {
    this.enter(this.next(connectivity, error));
  }

  private enter(next: ChildState): void {
    const previous = this.state;
    this.state = next;
    if (previous !== next) this.owner.childChanged(this, previous);
  }

  private next(connectivity: State, error?: string): ChildState {
    clearTimeout(this.attemptTimer);
    if (connectivity === State.READY) return this.nextConnected();
    this.health?.close();
    if (connectivity === State.CONNECTING) this.boundAttempt();
    // In TRANSIENT_FAILURE this asks for a new attempt after the backoff, without a stop in IDLE.
    else this.subchannel.startConnecting();
    if (connectivity === State.TRANSIENT_FAILURE) {
      return failing('failing', error ?? 'the last attempt to connect failed');
    }
    if (this.state.kind !== 'failing') return connecting;
    return this.state.cause === 'failing' ? this.state : failing('failing', this.state.error);
  }

  private nextConnected(): ChildState {
    this.health?.open(this.subchannel);
    // Only wrappers, such as those of outlier_detection, are ever unhealthy.
    if (!this.subchannel.isHealthy()) return failing('ejected', 'ejected');
    const isServing = (this.health?.isServing ?? true) || this.owner.isShared(this.address);
    return isServing ? ready : failing('unhealthy', 'its health is NOT_SERVING');
  }

  private createHealth(): HealthWatch | undefined {
    const { healthService, chance } = this.owner;
    if (healthService === undefined) return undefined;
    const healthChanged = () => this.onHealth();
    const authority = this.instance.service;
    return new HealthWatch({ authority, service: healthService, chance, healthChanged });
  }

  /**
   * grpc-js has no connect timeout: to an endpoint that accepts TCP and never sends SETTINGS a subchannel stays
   * CONNECTING for ever, also after the endpoint has healed. A fresh subchannel is the only way out; the attempt's number
   * keeps the pool from handing out the hung one again.
   */
  private boundAttempt(): void {
    const { connectTimeoutMs } = this.owner;
    this.attemptTimer = setTimeout(() => {
      const hung = this.subchannel;
      this.detach();
      // Nothing else closes its socket before the endpoint does.
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

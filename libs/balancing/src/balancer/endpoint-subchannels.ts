import type { EndpointState } from '../policies/policy.js';
import type { InstanceEndpoint } from '../resolver/instance-endpoints.js';
import { EndpointSubchannel, type SubchannelContext } from './endpoint-subchannel.js';

/** The endpoints of a channel, one per address. They survive updates, so the cost of an update depends on what changes. */
export class EndpointSubchannels {
  /** Number of endpoints in each state. */
  readonly counts: Record<EndpointState['kind'], number> = { ready: 0, connecting: 0, failing: 0 };
  private readonly context: SubchannelContext;
  private readonly byAddress = new Map<string, EndpointSubchannel>();
  private lastFailed: EndpointSubchannel | undefined;
  private round = 0;
  private readyChanged = false;

  /** @param onChange Called when the state of an endpoint changes, except during {@link update}. */
  constructor(context: Omit<SubchannelContext, 'onStateChange'>, onChange: () => void) {
    const onStateChange = (subchannel: EndpointSubchannel, previous: EndpointState) => {
      this.count(previous, -1);
      this.count(subchannel.state, +1);
      if (subchannel.state.kind === 'failing') this.lastFailed = subchannel;
      onChange();
    };
    this.context = { ...context, onStateChange };
  }

  get size(): number {
    return this.byAddress.size;
  }

  get(address: string): EndpointSubchannel | undefined {
    return this.byAddress.get(address);
  }

  /** The endpoints at these addresses, as far as they exist; all if no set is passed. */
  among(addresses?: ReadonlySet<string>): readonly EndpointSubchannel[] {
    if (!addresses) return [...this.byAddress.values()];
    const among = [];
    for (const address of addresses) {
      const subchannel = this.byAddress.get(address);
      if (subchannel) among.push(subchannel);
    }
    return among;
  }

  /** Address and error of the endpoint among these that failed last. All of them must be failing. */
  lastError(of: readonly EndpointSubchannel[]): string {
    const last = this.lastFailed && of.includes(this.lastFailed) ? this.lastFailed : of[0];
    if (last?.state.kind !== 'failing') return '';
    const cause = plainCause(last.state.error);
    return cause.includes(last.address) ? cause : `${last.address}: ${cause}`;
  }

  /** Whether a ready endpoint has come, gone or changed since the last call of this method. */
  takeReadyChanged(): boolean {
    const changed = this.readyChanged;
    this.readyChanged = false;
    return changed;
  }

  /**
   * Creates, updates and removes endpoints. They are identified by address and keep the latest data: grpc-js considers
   * endpoints equal if their addresses are, whatever else they carry.
   */
  update(endpoints: readonly InstanceEndpoint[]): void {
    this.round += 1;
    for (const endpoint of endpoints) {
      const { address } = endpoint.instance;
      let subchannel = this.byAddress.get(address);
      if (!subchannel) {
        subchannel = new EndpointSubchannel(endpoint, this.context);
        this.byAddress.set(address, subchannel);
        this.count(subchannel.state, +1);
      } else if (subchannel.update(endpoint) && subchannel.state.kind === 'ready') {
        this.readyChanged = true;
      }
      subchannel.round = this.round;
    }
    for (const subchannel of this.byAddress.values()) {
      if (subchannel.round !== this.round) this.remove(subchannel);
    }
  }

  private remove(subchannel: EndpointSubchannel): void {
    this.byAddress.delete(subchannel.address);
    this.count(subchannel.state, -1);
    if (this.lastFailed === subchannel) this.lastFailed = undefined;
    subchannel.destroy();
  }

  private count({ kind }: EndpointState, by: 1 | -1): void {
    this.counts[kind] += by;
    if (kind === 'ready') this.readyChanged = true;
  }
}

/** `connect ECONNREFUSED 127.0.0.1:5000`: without the class name before it and the time after it. */
function plainCause(error: string): string {
  return error.replace(/^\w*Error: /, '').replace(/ \(\d{4}-\d\d-\d\dT[\d:.]+Z\)$/, '');
}

import type { InstanceEndpoint } from '../channel/instance-endpoint.js';
import type { ServiceInstance } from '@grpc-discovery/registry';
import type { ChannelMemory } from './channel-memory.js';
import type { ChannelSubchannels } from './channel-subchannels.js';
import { EndpointChild, type ChildState } from './endpoint-child.js';
import type { EndpointLoad } from './endpoint-load.js';

/** The children of a policy, one per address, kept over updates: what an update costs grows with what it changes. */
export class EndpointChildren {
  /** How many children are in each state. */
  readonly counts: Record<ChildState['kind'], number> = { ready: 0, connecting: 0, failing: 0 };
  private lastFailed: EndpointChild | undefined;
  private readonly children = new Map<string, EndpointChild>();
  private round = 0;
  private readyChanged = false;

  /** @param onChange called when the state of a child has changed, outside of {@link update}. */
  constructor(
    readonly subchannels: ChannelSubchannels,
    private readonly onChange: () => void,
    readonly connectTimeoutMs: number,
    private readonly memory: ChannelMemory,
    readonly healthService: string | undefined,
    readonly chance: () => number,
  ) {}

  get size(): number {
    return this.children.size;
  }

  get(address: string): EndpointChild | undefined {
    return this.children.get(address);
  }

  /** Those at these addresses, as far as they are there; all without a set. */
  among(addresses: ReadonlySet<string> | undefined): readonly EndpointChild[] {
    if (!addresses) return [...this.children.values()];
    const among = [];
    for (const address of addresses) {
      const child = this.children.get(address);
      if (child) among.push(child);
    }
    return among;
  }

  /** Address and error of the one of these that failed last; for when all are failing. */
  lastError(of: readonly EndpointChild[]): string {
    const child = this.lastFailed && of.includes(this.lastFailed) ? this.lastFailed : of[0];
    if (child?.state.kind !== 'failing') return '';
    const cause = plainCause(child.state.error);
    return cause.includes(child.address) ? cause : `${child.address}: ${cause}`;
  }

  loadOf(instance: ServiceInstance): EndpointLoad {
    return this.memory.load(instance);
  }

  isShared(address: string): boolean {
    return this.memory.shared.isShared(address);
  }

  /** Whether a ready endpoint came, went or got new data since the last time that this was asked. */
  takeReadyChanged(): boolean {
    const changed = this.readyChanged;
    this.readyChanged = false;
    return changed;
  }

  /** Makes this the list. Says nothing to `onChange`. */
  update(endpoints: readonly InstanceEndpoint[]): void {
    this.round += 1;
    for (const endpoint of endpoints) this.keepOrCreate(endpoint).round = this.round;
    for (const child of this.children.values()) if (child.round !== this.round) this.remove(child);
  }

  childChanged(child: EndpointChild, previous: ChildState): void {
    this.count(previous, -1);
    this.count(child.state, +1);
    if (child.state.kind === 'failing') this.lastFailed = child;
    this.onChange();
  }

  /** By address, and the newest data: grpc-js holds endpoints equal whose addresses are, whatever else they carry. */
  private keepOrCreate(endpoint: InstanceEndpoint): EndpointChild {
    const known = this.children.get(endpoint.instance.address);
    if (known) {
      if (known.update(endpoint) && known.state.kind === 'ready') this.readyChanged = true;
      return known;
    }
    const child = new EndpointChild(endpoint, this);
    this.children.set(child.address, child);
    this.count(child.state, +1);
    return child;
  }

  private remove(child: EndpointChild): void {
    this.children.delete(child.address);
    this.count(child.state, -1);
    if (this.lastFailed === child) this.lastFailed = undefined;
    child.destroy();
  }

  private count({ kind }: ChildState, by: 1 | -1): void {
    this.counts[kind] += by;
    if (kind === 'ready') this.readyChanged = true;
  }
}

/** `connect ECONNREFUSED 127.0.0.1:5000`: without the name of a class before it, and the time after it. */
function plainCause(error: string): string {
  return error.replace(/^\w*Error: /, '').replace(/ \(\d{4}-\d\d-\d\dT[\d:.]+Z\)$/, '');
}

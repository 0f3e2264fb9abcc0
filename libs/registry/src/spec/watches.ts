import { until } from '@grpc-discovery/test-support';
import type { Registry } from '../registry.js';
import type { ConfigState, ConfigWatch } from '../service-configs.js';
import type {
  ServicesSnapshot,
  ServicesState,
  ServicesWatch,
  Snapshot,
  Watch,
  WatchState,
} from '../watcher.js';

/** What waits longer waits for ever. */
const HANGS_MS = 30_000;

/** A watch that records what its listener received. */
export class RecordedWatch {
  readonly states: WatchState[] = [];
  readonly watch: Watch;

  constructor(registry: Registry, service: string) {
    this.watch = registry.watcher.watch(service, (state) => this.states.push(state));
  }

  get state(): WatchState {
    return this.watch.state;
  }

  /** Ids of the instances, while the watch is live. */
  get ids(): string[] | undefined {
    return this.state.kind === 'live' ? idsOf(this.state.snapshot) : undefined;
  }

  /** Waits until the watch is live with exactly these ids; returns its snapshot. */
  async untilIds(ids: readonly string[], timeoutMs = HANGS_MS): Promise<Snapshot> {
    const wanted = JSON.stringify(ids);
    const what = `${this.watch.source} holds ${wanted}`;
    await until(what, () => JSON.stringify(this.ids) === wanted, { timeoutMs });
    if (this.state.kind !== 'live') throw new Error(`${this.watch.source} is not live any more`);
    return this.state.snapshot;
  }

  /** Waits until the watch is live with exactly these instances and weights; returns its snapshot. */
  async untilWeights(weights: Readonly<Record<string, number>>): Promise<Snapshot> {
    const weightsNow = ({ instances }: Snapshot) =>
      Object.fromEntries(instances.map(({ id, weight }) => [id, weight]));
    const wanted = JSON.stringify(weights);
    await until(`${this.watch.source} holds ${wanted}`, () => {
      const { state } = this;
      return state.kind === 'live' && JSON.stringify(weightsNow(state.snapshot)) === wanted;
    });
    if (this.state.kind !== 'live') throw new Error(`${this.watch.source} is not live any more`);
    return this.state.snapshot;
  }

  async untilKind(kind: WatchState['kind'], timeoutMs = HANGS_MS): Promise<WatchState> {
    await until(`${this.watch.source} is ${kind}`, () => this.state.kind === kind, { timeoutMs });
    return this.state;
  }
}

export function idsOf({ instances }: Snapshot): string[] {
  return instances.map(({ id }) => id);
}

/** A watch of all services that records what its listener received. */
export class RecordedServicesWatch {
  readonly states: ServicesState[] = [];
  readonly watch: ServicesWatch;

  constructor(registry: Registry) {
    this.watch = registry.watcher.watchServices((state) => this.states.push(state));
  }

  get state(): ServicesState {
    return this.watch.state;
  }

  /** Waits until the watch is live with exactly these services, instances and weights; returns its snapshot. */
  async untilWeights(
    services: Readonly<Record<string, Readonly<Record<string, number>>>>,
  ): Promise<ServicesSnapshot> {
    const wanted = JSON.stringify(services);
    const holds = (state: ServicesState): state is ServicesState & { kind: 'live' } =>
      state.kind === 'live' && JSON.stringify(weightsOf(state.snapshot)) === wanted;
    await until(`${this.watch.source} holds ${wanted}`, () => holds(this.state), {
      timeoutMs: HANGS_MS,
    });
    const { state } = this;
    if (!holds(state)) throw new Error(`${this.watch.source} does not hold ${wanted} any more`);
    return state.snapshot;
  }

  async untilKind<Kind extends ServicesState['kind']>(
    kind: Kind,
  ): Promise<ServicesState & { kind: Kind }> {
    const what = `${this.watch.source} is ${kind}`;
    await until(what, () => this.state.kind === kind, { timeoutMs: HANGS_MS });
    return this.state as ServicesState & { kind: Kind };
  }
}

function weightsOf({ services }: ServicesSnapshot) {
  const each = ({ instances }: Snapshot) =>
    Object.fromEntries(instances.map(({ id, weight }) => [id, weight]));
  return Object.fromEntries([...services].map(([service, snapshot]) => [service, each(snapshot)]));
}

/** A watch of a service config that records what its listener received. */
export class RecordedConfigWatch {
  readonly states: ConfigState[] = [];
  readonly watch: ConfigWatch;

  constructor(registry: Registry, service: string) {
    this.watch = registry.configs.watch(service, (state) => this.states.push(state));
  }

  get state(): ConfigState {
    return this.watch.state;
  }

  /** What is published. */
  get config(): unknown {
    return this.state.kind === 'published' ? this.state.config : undefined;
  }

  async untilConfig(config: object): Promise<void> {
    const wanted = JSON.stringify(config);
    await until(`${this.watch.source} is ${wanted}`, () => JSON.stringify(this.config) === wanted);
  }

  async untilNone(): Promise<void> {
    await until(`${this.watch.source} is none`, () => this.state.kind === 'none');
  }
}

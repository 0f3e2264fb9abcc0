import {
  type ConfigWatch,
  printable,
  type Registry,
  type ServicesState,
  type ServicesWatch,
  type Snapshot,
} from '@grpc-discovery/registry';
import { counted } from '@grpc-discovery/registry/options';
import type { AdsServer, LeftOutEndpoint, ServiceView } from '@grpc-discovery/xds';
import type { PublishedConfig } from './published-config.js';
import { serviceView } from './service-view.js';
import type { ViewFile } from './view-file.js';

/** How many endpoints of a service a warning names. */
const NAMED = 3;

interface FedService {
  readonly snapshot: Snapshot;
  readonly configWatch: ConfigWatch;
  config: PublishedConfig | undefined;
  view: ServiceView;
  /** The last warning of endpoints that were left out, so that it is logged once. */
  warning: string;
}

/** Feeds the services of the registry to the control plane, from one watch. */
export class RegistryFeed {
  private readonly services = new Map<string, FedService>();
  /** Names of the services with instances, those of the file included. */
  private readonly served = new Set<string>();
  private watch: ServicesWatch | undefined;
  private state: ServicesState = { kind: 'pending' };
  private timer: NodeJS.Timeout | undefined;
  private endWait: () => void = () => undefined;
  private isClosed = false;

  constructor(
    private readonly registry: Registry,
    private readonly ads: AdsServer,
    private readonly file: ViewFile | undefined,
    private readonly warn: (message: string) => void,
  ) {}

  /** The state of the watch: while it is stale, clients keep the last known services. */
  get kind(): ServicesState['kind'] {
    return this.state.kind;
  }

  get stalenessMs(): number | undefined {
    return this.watch?.stalenessMs();
  }

  /**
   * Resolves once the control plane has a first list of services: from the registry, or after `waitMs` from the file.
   * Without either it waits for the registry.
   */
  async start(waitMs: number): Promise<void> {
    if (this.isClosed) return;
    const listed = new Promise<void>((resolve) => {
      this.endWait = resolve;
      this.watch = this.registry.watcher.watchServices((state) => {
        this.apply(state);
        if ('snapshot' in state) resolve();
      });
    });
    const late = new Promise<'late'>((resolve) => {
      this.timer = setTimeout(resolve, waitMs, 'late');
    });
    const first = await Promise.race([listed, late]);
    clearTimeout(this.timer);
    if (first !== 'late') return;
    const saved = await this.file?.read();
    if (saved && !('snapshot' in this.state)) {
      for (const view of saved) this.set(view);
      this.warn(
        `The registry does not answer: serving ${counted(saved.length, 'service')} of the last run.`,
      );
      return;
    }
    await listed;
  }

  /** Ends the wait of a start, too. Safe to call twice. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.endWait();
    this.watch?.close();
    for (const { configWatch } of this.services.values()) configWatch.close();
    await this.file?.close();
  }

  private apply(state: ServicesState): void {
    this.state = state;
    if (state.kind !== 'live') return;
    const { services } = state.snapshot;
    for (const name of this.served) {
      if (!services.has(name)) this.remove(name);
    }
    for (const snapshot of services.values()) this.update(snapshot);
    this.file?.save(() => [...this.services.values()].map(({ view }) => view));
  }

  private remove(name: string): void {
    this.services.get(name)?.configWatch.close();
    this.services.delete(name);
    this.served.delete(name);
    this.ads.removeService(name);
  }

  private update(snapshot: Snapshot): void {
    const { service } = snapshot;
    const known = this.services.get(service);
    if (known?.snapshot === snapshot) return;
    const config = known?.config;
    const view = serviceView(snapshot, config);
    const configWatch = known?.configWatch ?? this.watchConfig(service);
    const fed = { snapshot, configWatch, config, view, warning: known?.warning ?? '' };
    this.services.set(service, fed);
    this.feed(fed);
  }

  private watchConfig(service: string): ConfigWatch {
    return this.registry.configs.watch(service, (state) => {
      const fed = this.services.get(service);
      if (!fed || state.kind === 'pending') return;
      fed.config = state.kind === 'published' ? state.config : undefined;
      fed.view = serviceView(fed.snapshot, fed.config);
      this.feed(fed);
    });
  }

  private feed(fed: FedService): void {
    const leftOut = this.set(fed.view);
    const warning = leftOut.length === 0 ? '' : describeLeftOut(fed.view.name, leftOut);
    if (warning !== '' && warning !== fed.warning) this.warn(warning);
    fed.warning = warning;
  }

  private set(view: ServiceView): readonly LeftOutEndpoint[] {
    this.served.add(view.name);
    try {
      return this.ads.setService(view);
    } catch (error) {
      this.warn(`Service "${printable(view.name)}" is not served: ${(error as Error).message}`);
      return [];
    }
  }
}

function describeLeftOut(service: string, leftOut: readonly LeftOutEndpoint[]): string {
  const named = leftOut
    .slice(0, NAMED)
    .map(({ endpoint, reason }) => `${printable(endpoint.host)}:${endpoint.port} (${reason})`);
  const more = leftOut.length > NAMED ? ` and ${leftOut.length - NAMED} more` : '';
  return (
    `xDS clients can't call ${counted(leftOut.length, 'instance')} of service "${service}": ${named.join(', ')}${more}. ` +
    'Let each instance advertise an IP address and a port of its own.'
  );
}

import {
  createEtcdRegistry,
  type Registry,
  type ServiceInstance,
  type Watch,
} from '@grpc-discovery/registry';
import { AppProcess, freePorts, until, type EtcdFixture } from '@grpc-discovery/test-support';
import { Gateway } from './gateway.js';
import type { DemoPolicy } from './stage.js';

/** Seconds; the shortest that is sound, so that the demo need not wait long for leases to end. */
export const LEASE_TTL_SECONDS = 5;
export const NAMESPACE = 'demo';

/** Three greeters and a gateway, as processes, and an observer's view of the registry. */
export class Fleet {
  private readonly greeters = new Map<string, AppProcess>();
  private constructor(
    private readonly etcd: EtcdFixture,
    private readonly policy: DemoPolicy,
    private readonly app: AppProcess,
    readonly gateway: Gateway,
    private readonly registry: Registry,
    private readonly watch: Watch,
  ) {}

  static async start(
    etcd: EtcdFixture,
    names: readonly string[],
    policy: DemoPolicy,
  ): Promise<Fleet> {
    const [port] = await freePorts(1);
    const app = AppProcess.start('gateway', {
      ...environment(etcd),
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: String(port),
    });
    const registry = createEtcdRegistry({ hosts: etcd.url, namespace: NAMESPACE });
    const watch = registry.watcher.watch('greeter', () => undefined);
    const fleet = new Fleet(
      etcd,
      policy,
      app,
      new Gateway(`http://127.0.0.1:${port}`),
      registry,
      watch,
    );
    try {
      await fleet.startGreeters(...names);
      await until(
        'the gateway answers',
        async () => {
          if (!app.isRunning) throw new Error(app.output);
          return (await fleet.gateway.hello('world')).kind === 'answered';
        },
        { timeoutMs: 30_000 },
      );
      return fleet;
    } catch (error) {
      await fleet.stop();
      throw error;
    }
  }

  /** Ids of the instances in the registry, as it last told. */
  get registered(): readonly string[] {
    return this.instances.map(({ id }) => id);
  }

  private get instances(): readonly ServiceInstance[] {
    const { state } = this.watch;
    return 'snapshot' in state ? state.snapshot.instances : [];
  }

  /** Whether that view is current. */
  get registryIsLive(): boolean {
    return this.watch.state.kind === 'live';
  }

  /** Starts greeters and resolves when the registry lists these processes, not ghosts of the same name. */
  async startGreeters(...names: readonly string[]): Promise<void> {
    const since = Date.now();
    for (const name of names) {
      const greeter = AppProcess.start('greeter', {
        ...environment(this.etcd),
        GRPC_URL: '127.0.0.1:0',
        INSTANCE_ID: name,
        SERVICE_POLICY: this.policy,
      });
      this.greeters.set(name, greeter);
    }
    await until(`${names.join(', ')} are registered`, () => this.listed(names, since), {
      timeoutMs: 30_000,
    });
  }

  private listed(names: readonly string[], since: number): boolean {
    for (const name of names) {
      const greeter = this.greeters.get(name);
      if (greeter && !greeter.isRunning) throw new Error(greeter.output);
    }
    const isNew = ({ startedAt }: ServiceInstance) => Date.parse(startedAt) >= since;
    const fresh = this.instances.filter(isNew).map(({ id }) => id);
    return names.every((name) => fresh.includes(name));
  }

  /** Ends greeters side by side. */
  async endGreeters(signal: 'SIGTERM' | 'SIGKILL', ...names: readonly string[]): Promise<void> {
    const ended = names.flatMap((name) => this.greeters.get(name)?.end(signal) ?? []);
    await Promise.all(ended);
  }

  /** Ends every process. */
  async stop(): Promise<void> {
    this.gateway.close();
    await this.registry.close();
    const processes = [this.app, ...this.greeters.values()];
    await Promise.all(processes.map((process) => process.end('SIGKILL')));
  }
}

function environment(etcd: EtcdFixture): Record<string, string> {
  return {
    ETCD_HOSTS: etcd.url,
    DISCOVERY_NAMESPACE: NAMESPACE,
    DISCOVERY_LEASE_TTL_SECONDS: String(LEASE_TTL_SECONDS),
  };
}

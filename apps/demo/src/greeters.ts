import {
  createEtcdRegistry,
  type Registry,
  type ServiceInstance,
  type Watch,
} from '@grpc-discovery/registry';
import { AppProcess, until, type EtcdFixture } from '@grpc-discovery/test-support';

/** Seconds; the shortest that is sound, so that the demo need not wait long for leases to end. */
export const LEASE_TTL_SECONDS = 5;
export const NAMESPACE = 'demo';

/** Greeters, as processes, and an observer's view of the registry. */
export class Greeters {
  private readonly processes = new Map<string, AppProcess>();
  private readonly registry: Registry;
  private readonly watch: Watch;

  /** @param environment Variables of each greeter besides its name. */
  constructor(
    private readonly etcd: EtcdFixture,
    private readonly environment: Record<string, string>,
  ) {
    this.registry = createEtcdRegistry({ hosts: etcd.url, namespace: NAMESPACE });
    this.watch = this.registry.watcher.watch('greeter', () => undefined);
  }

  /** Ids of the instances in the latest snapshot. */
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
  async start(...names: readonly string[]): Promise<void> {
    const since = Date.now();
    for (const name of names) {
      const greeter = AppProcess.start('greeter', {
        ...etcdEnvironment(this.etcd),
        ...this.environment,
        GRPC_URL: '127.0.0.1:0',
        INSTANCE_ID: name,
      });
      this.processes.set(name, greeter);
    }
    await until(`${names.join(', ')} are registered`, () => this.listed(names, since), {
      timeoutMs: 30_000,
    });
  }

  private listed(names: readonly string[], since: number): boolean {
    for (const name of names) {
      const greeter = this.processes.get(name);
      if (greeter && !greeter.isRunning) throw new Error(greeter.output);
    }
    const isNew = ({ startedAt }: ServiceInstance) => Date.parse(startedAt) >= since;
    const fresh = this.instances.filter(isNew).map(({ id }) => id);
    return names.every((name) => fresh.includes(name));
  }

  /** Ends greeters side by side. */
  async end(signal: 'SIGTERM' | 'SIGKILL', ...names: readonly string[]): Promise<void> {
    const ended = names.flatMap((name) => this.processes.get(name)?.end(signal) ?? []);
    await Promise.all(ended);
  }

  /** Ends every process. */
  async stop(): Promise<void> {
    await this.registry.close();
    await this.end('SIGKILL', ...this.processes.keys());
  }
}

/** How the applications reach etcd. */
export function etcdEnvironment(etcd: EtcdFixture): Record<string, string> {
  return {
    ETCD_HOSTS: etcd.url,
    DISCOVERY_NAMESPACE: NAMESPACE,
    DISCOVERY_LEASE_TTL_SECONDS: String(LEASE_TTL_SECONDS),
  };
}

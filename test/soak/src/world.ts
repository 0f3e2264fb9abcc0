import { installBalancing } from '@grpc-discovery/balancing';
import { EtcdCluster } from '@grpc-discovery/test-support';
import { LoadClient, type Failure } from './client.js';
import { EtcdAdmin } from './etcd-admin.js';
import { Greeter } from './greeter.js';

const NAMESPACE = 'soak';
/** Seconds; the least that is allowed. */
export const LEASE_TTL_SECONDS = 5;

/** An etcd of three members, instances of a service, and clients that call it. */
export class World {
  readonly greeters: Greeter[] = [];
  readonly clients: LoadClient[] = [];
  readonly failures: Failure[] = [];
  readonly admin: EtcdAdmin;
  /** How often each was let happen. */
  readonly faults = new Map<string, number>();
  private born = 0;
  private readonly ticker: NodeJS.Timeout;

  private constructor(readonly cluster: EtcdCluster) {
    this.admin = new EtcdAdmin(cluster, `/${NAMESPACE}/`);
    this.ticker = setInterval(() => this.notice(), 50);
  }

  static async start(clients: number): Promise<World> {
    installBalancing();
    const world = new World(await EtcdCluster.start());
    for (let i = 1; i <= clients; i++) {
      const etcd = {
        hosts: world.cluster.hosts,
        namespace: NAMESPACE,
        leaseTtlSeconds: LEASE_TTL_SECONDS,
      };
      const fail = (failure: Failure) => void world.failures.push(failure);
      world.clients.push(new LoadClient(`client-${i}`, etcd, fail));
    }
    return world;
  }

  /** Instances that answer, and that every client knows. */
  get dependable(): readonly Greeter[] {
    return this.greeters.filter(
      ({ id, isLive }) => isLive && this.clients.every(({ listed }) => listed.has(id)),
    );
  }

  countFault(name: string): void {
    this.faults.set(name, (this.faults.get(name) ?? 0) + 1);
  }

  startGreeter(): Greeter {
    this.born += 1;
    const greeter = new Greeter(`greeter-${this.born}`, {
      ETCD_HOSTS: this.cluster.hosts.join(','),
      DISCOVERY_NAMESPACE: NAMESPACE,
      DISCOVERY_LEASE_TTL_SECONDS: String(LEASE_TTL_SECONDS),
    });
    this.greeters.push(greeter);
    return greeter;
  }

  async stop(): Promise<void> {
    clearInterval(this.ticker);
    await Promise.all(this.clients.map((client) => client.close()));
    await Promise.all(this.greeters.map((greeter) => greeter.crash()));
    await this.cluster.destroy();
  }

  /** A greeter is live once any client has received it. */
  private notice(): void {
    for (const greeter of this.greeters) {
      if (greeter.state.kind !== 'starting') continue;
      for (const { listed } of this.clients) {
        const address = listed.get(greeter.id);
        if (address !== undefined) greeter.listed(address);
      }
    }
  }
}

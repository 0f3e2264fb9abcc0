import { createEtcdRegistry, type Registration, type Registry } from '@grpc-discovery/registry';
import { until, type EtcdCluster, type EtcdMember } from '@grpc-discovery/test-support';
import { expect } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { anInstance } from '../../libs/registry/src/spec/instances.js';
import { RawEtcd } from '../../libs/registry/src/spec/raw-etcd.js';
import { stopwatch } from '../../libs/registry/src/spec/stopwatch.js';
import { RecordedWatch } from '../../libs/registry/src/spec/watches.js';

/** The least that is allowed: a key that survives with it survives with the default, too. */
const leaseTtlSeconds = 5;
const TICK_MS = 100;

/** What a fault of the member in use did to a client of it. */
export interface Outcome {
  /** From the fault until the watch told of something put after it. */
  readonly watchGapMs: number;
  /** From the fault until an instance registered after it was in etcd. */
  readonly putMs: number;
  /** Whether the key registered before was there all the time. */
  readonly keyKept: boolean;
}

/** A client of a cluster, with a registration and a watch, whose connections all go to one member. */
export class ClusterClient {
  readonly watch: RecordedWatch;
  private losses = 0;
  private faults = 0;

  private constructor(
    private readonly registry: Registry,
    private readonly namespace: string,
    private readonly registration: Registration,
    /** Past the client, to a member that no fault is about. */
    private readonly raw: RawEtcd,
  ) {
    this.watch = new RecordedWatch(registry, 'greeter');
    registration.onStateChange(({ kind }) => {
      if (kind === 'registering') this.losses++;
    });
  }

  /** A registry picks its member by chance: one is made after the other, until one has picked this member. */
  static async on(cluster: EtcdCluster, member: EtcdMember): Promise<ClusterClient> {
    const other = cluster.members.find((each) => each !== member && each.isRunning);
    const raw = new RawEtcd(other?.directUrl ?? '');
    return until(`a client uses ${member.name}`, async () => {
      const before = member.proxy.connections;
      const namespace = `n${performance.now()}`;
      const registry = createEtcdRegistry({ hosts: cluster.hosts, namespace, leaseTtlSeconds });
      const registration = registry.registrar.register(anInstance());
      const client = new ClusterClient(registry, namespace, registration, raw);
      await registration.whenRegistered();
      await client.watch.untilIds(['greeter-1']);
      if (member.proxy.connections > before) return client;
      await registry.close();
      return undefined;
    });
  }

  /** Lets a fault happen and last; a client that is not disturbed by it has an outcome of next to nothing. */
  async outlive(fault: () => void | Promise<void>, lastsMs = 0): Promise<Outcome> {
    const before = await this.raw.get(this.key('greeter-1'));
    const nth = ++this.faults;
    const elapsed = stopwatch();
    await fault();
    const [watchGapMs, putMs] = await Promise.all([
      this.watchGap(`tick-${nth}`, elapsed),
      this.put(`late-${nth}`, elapsed),
    ]);
    await delay(Math.max(0, lastsMs - elapsed(`${this.label}: all`)));
    const after = await until('etcd is asked', () => this.raw.get(this.key('greeter-1')));
    const keyKept = after.createRevision === before?.createRevision && this.losses === 0;
    return { watchGapMs, putMs, keyKept };
  }

  close(): Promise<void> {
    return this.registry.close();
  }

  private get label(): string {
    return expect.getState().currentTestName ?? '';
  }

  private key(id: string): string {
    return `/${this.namespace}/instances/greeter/${id}`;
  }

  private async put(id: string, elapsed: (what: string) => number): Promise<number> {
    await this.registry.registrar.register(anInstance({ id })).whenRegistered();
    return elapsed(`${this.label}: put`);
  }

  /** Puts one after the other without waiting: etcd itself answers late while it elects a leader. */
  private async watchGap(id: string, elapsed: (what: string) => number): Promise<number> {
    const entry = JSON.stringify(anInstance({ id }));
    const puts: Promise<void>[] = [];
    while (!this.watch.ids?.includes(id)) {
      puts.push(this.raw.put(this.key(id), entry).catch(() => undefined));
      await delay(TICK_MS);
      if (puts.length > 300) throw new Error('The watch tells nothing any more');
    }
    const gapMs = elapsed(`${this.label}: watch gap`);
    await Promise.all(puts);
    return gapMs;
  }
}

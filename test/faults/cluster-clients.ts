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
const MAX_TICKS = 300;

/**
 * What an election takes by itself, with timeouts of 1 to 2 s. One with a split vote takes longer: by so much clients may
 * be later, too, as nobody can write meanwhile.
 */
const ELECTION_MS = 2_000;

/** What a fault of the member in use did to its clients. Both times are less what an election took too long. */
export interface Outcome {
  /** From the fault until a client that only watches received a change put after it. */
  readonly watchGapMs: number;
  /** From the fault until an instance registered after it was in etcd. */
  readonly putMs: number;
  /** Whether the key registered before was there all the time. */
  readonly keyKept: boolean;
}

type Elapsed = (what: string) => number;

/**
 * Two clients of a cluster whose connections all go to one member: one registers; one only watches, and so has nothing but
 * its stream to find the fault by.
 */
export class ClusterClients {
  readonly watch: RecordedWatch;
  private losses = 0;
  private faults = 0;

  private constructor(
    private readonly namespace: string,
    private readonly writer: Registry,
    private readonly reader: Registry,
    registration: Registration,
    /** Past the clients, to a member that no fault is about. */
    private readonly raw: RawEtcd,
    private readonly others: readonly EtcdMember[],
  ) {
    this.watch = new RecordedWatch(reader, 'greeter');
    registration.onStateChange(({ kind }) => {
      if (kind === 'registering') this.losses++;
    });
  }

  static async on(cluster: EtcdCluster, member: EtcdMember): Promise<ClusterClients> {
    const namespace = `n${Math.round(performance.now())}`;
    const options = { hosts: cluster.hosts, namespace, leaseTtlSeconds };
    const reader = await registryOn(member, options, async (registry) => {
      await new RecordedWatch(registry, 'greeter').untilKind('live');
    });
    const writer = await registryOn(member, options, ({ registrar }) =>
      registrar.register(anInstance()).whenRegistered(),
    );
    const registration = writer.registrar.register(anInstance());
    const others = cluster.members.filter((each) => each !== member && each.isRunning);
    const raw = new RawEtcd(others[0]?.directUrl ?? '');
    const clients = new ClusterClients(namespace, writer, reader, registration, raw, others);
    await clients.watch.untilIds(['greeter-1']);
    return clients;
  }

  /** Lets a fault happen and last; clients that are not disturbed by it have an outcome of next to nothing. */
  async outlive(fault: () => void | Promise<void>, lastsMs = 0): Promise<Outcome> {
    const key = this.key('greeter-1');
    const before = await this.raw.get(key);
    const nth = ++this.faults;
    const elapsed = stopwatch();
    await fault();
    const [watchGapMs, putMs, electionMs] = await Promise.all([
      this.watchGap(`tick-${nth}`, elapsed),
      this.put(`late-${nth}`, elapsed),
      this.election(elapsed),
    ]);
    const excessMs = Math.max(0, electionMs - ELECTION_MS);
    await delay(Math.max(0, lastsMs - elapsed(`${label()}: all`)));
    const after = await until('the key is there', () => this.raw.get(key));
    const keyKept = after.createRevision === before?.createRevision && this.losses === 0;
    return { watchGapMs: watchGapMs - excessMs, putMs: putMs - excessMs, keyKept };
  }

  async close(): Promise<void> {
    await Promise.all([this.writer.close(), this.reader.close()]);
  }

  private key(id: string): string {
    return `/${this.namespace}/instances/greeter/${id}`;
  }

  private async put(id: string, elapsed: Elapsed): Promise<number> {
    await this.writer.registrar.register(anInstance({ id })).whenRegistered();
    return elapsed(`${label()}: put`);
  }

  /** Until the other members have a leader among them. */
  private async election(elapsed: Elapsed): Promise<number> {
    await until('the other members have a leader', async () => {
      const states = await Promise.all(this.others.map((member) => member.status()));
      const ids = states.map(({ id }) => id);
      return states.every(({ leader }) => leader === states[0]?.leader && ids.includes(leader));
    });
    return elapsed(`${label()}: election`);
  }

  /** Puts one after the other without waiting: etcd itself answers late while it elects a leader. */
  private async watchGap(id: string, elapsed: Elapsed): Promise<number> {
    const entry = JSON.stringify(anInstance({ id }));
    const puts: Promise<void>[] = [];
    while (!this.watch.ids?.includes(id)) {
      if (puts.length === MAX_TICKS) throw new Error('The watch tells nothing any more');
      puts.push(this.raw.put(this.key(id), entry).catch(() => undefined));
      await delay(TICK_MS);
    }
    const gapMs = elapsed(`${label()}: watch gap`);
    await Promise.all(puts);
    return gapMs;
  }
}

/** A registry picks its member by chance: one is made after the other, until one has picked this member. */
function registryOn(
  member: EtcdMember,
  options: Parameters<typeof createEtcdRegistry>[0],
  use: (registry: Registry) => Promise<void>,
): Promise<Registry> {
  return until(`a client uses ${member.name}`, async () => {
    const before = member.proxy.connections;
    const registry = createEtcdRegistry(options);
    await use(registry);
    if (member.proxy.connections > before) return registry;
    await registry.close();
    return undefined;
  });
}

const label = () => expect.getState().currentTestName ?? '';

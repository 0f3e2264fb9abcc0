import type { KeyValue, TxnRequest, WatchEvent } from '../etcd/client/etcd-connection.js';
import { assembleEtcdRegistry } from '../etcd/etcd-registry.js';
import { normalizeEtcdOptions } from '../etcd/normalize-etcd-options.js';
import type { RegistryLimits } from '../limits.js';
import type { Registry } from '../registry.js';
import type { Snapshot } from '../watcher.js';
import { FakeClock } from './fake-clock.js';
import { FakeConnection } from './fake-etcd.js';
import { anInstance } from './instances.js';
import { RecordedLogger } from './recorded-logger.js';
import { RecordedServicesWatch } from './watches.js';

export const INSTANCES = '/discovery/instances/';
export const OVERRIDES = '/discovery/overrides/';

export function instanceEntry(service: string, id: string, modRevision: bigint): KeyValue {
  const value = Buffer.from(JSON.stringify(anInstance({ service, id })));
  return { key: `${INSTANCES}${service}/${id}`, value, modRevision };
}

export function putOf(kv: KeyValue): WatchEvent {
  return { kind: 'put', ...kv };
}

export function deleteOf({ key }: KeyValue, modRevision: bigint): WatchEvent {
  return { kind: 'delete', key, value: Buffer.alloc(0), modRevision };
}

/** A watch of all services, on an etcd and a clock that a spec moves. */
export class WatchedNamespace {
  readonly clock = new FakeClock();
  readonly logger = new RecordedLogger();
  readonly opened: FakeConnection[] = [];
  readonly registry: Registry;
  readonly all: RecordedServicesWatch;
  store: { revision: bigint; epoch: string; kvs: readonly KeyValue[] };

  private constructor(kvs: readonly KeyValue[], limits: Partial<RegistryLimits>) {
    this.store = { revision: 100n, epoch: 'e1', kvs };
    this.registry = assembleEtcdRegistry(normalizeEtcdOptions({ hosts: 'etcd', limits }), {
      clock: this.clock,
      logger: this.logger,
      random: () => 0.5,
      createEpoch: () => 'e1',
      connect: (host) => this.connect(host),
    });
    this.all = new RecordedServicesWatch(this.registry);
  }

  /** Watches a store that holds these keys at revision 100; both watches stand. */
  static async start(kvs: readonly KeyValue[], limits = {}): Promise<WatchedNamespace> {
    const world = new WatchedNamespace(kvs, limits);
    await world.clock.advance(0);
    await world.created();
    return world;
  }

  streams() {
    return this.opened.flatMap(({ watches }) => watches);
  }

  wire() {
    return this.streams().at(-1)!;
  }

  lists(): number {
    return this.opened.reduce((sum, each) => sum + each.count('txn') + each.count('range'), 0);
  }

  /** What the watch holds now. */
  services(): ReadonlyMap<string, Snapshot> {
    const { state } = this.all;
    if (!('snapshot' in state)) throw new Error(`it is ${state.kind}`);
    return state.snapshot.services;
  }

  names(): string[] {
    return [...this.services().keys()];
  }

  async created(): Promise<void> {
    const { revision } = this.store;
    for (const { watchId } of this.wire().creates) {
      this.wire().answer({ created: true, watchId, revision });
    }
    await this.clock.advance(0);
  }

  /** Events of one answer. */
  async events(...events: readonly WatchEvent[]): Promise<void> {
    for (const { watchId, range } of this.wire().creates) {
      const own = events.filter(({ key }) => key.startsWith(range.key));
      if (own.length > 0) this.wire().answer({ watchId, events: own });
    }
    await this.clock.advance(0);
  }

  /** More than five, on a stream that lives. */
  async minutesPass(): Promise<void> {
    for (let i = 0; i < 170; i++) {
      await this.clock.advance(2_000);
      this.wire().answer({ watchId: '-1' });
    }
  }

  private connect(host: string): FakeConnection {
    const connection = new FakeConnection(host);
    connection.answerTxn = (request) => this.page(request);
    this.opened.push(connection);
    return connection;
  }

  private page({ then }: TxnRequest) {
    const { revision, epoch, kvs } = this.store;
    const ranges = then.map((step) => {
      const { key = '' } = step.kind === 'range' ? step.range : {};
      const page = { revision, more: false };
      if (key === '/discovery/epoch') {
        return { ...page, kvs: [{ key, value: Buffer.from(epoch), modRevision: 1n }] };
      }
      return { ...page, kvs: kvs.filter((kv) => kv.key.startsWith(key)) };
    });
    return { revision, succeeded: true, ranges };
  }
}

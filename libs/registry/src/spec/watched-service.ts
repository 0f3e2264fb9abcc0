import { DEFAULT_LIMITS } from '../limits.js';
import type { KeyValue, WatchEvent } from '../etcd/client/etcd-connection.js';
import type { EtcdFailure } from '../etcd/client/etcd-failure.js';
import { EtcdSession } from '../etcd/session/etcd-session.js';
import {
  watchService,
  type ServiceOverrides,
  type ServiceWatch,
} from '../etcd/services/etcd-watcher.js';
import { WatchMultiplexer } from '../etcd/watch/watch-multiplexer.js';
import { overriddenSnapshot, WatchSubject } from '../subjects/watch-subjects.js';
import { NO_LISTS, type OverridesDescription } from '../registry-description.js';
import type { Snapshot, WatchState } from '../watcher.js';
import { FakeClock } from './fake-clock.js';
import { FakeConnection } from './fake-etcd.js';
import { anInstance } from './instances.js';
import { RecordedLogger } from './recorded-logger.js';

export const PREFIX = '/discovery/instances/greeter/';

export function entry(id: string, modRevision: bigint): KeyValue {
  return { key: PREFIX + id, value: Buffer.from(JSON.stringify(anInstance({ id }))), modRevision };
}

export const put = (id: string, revision: bigint): WatchEvent => ({
  kind: 'put',
  ...entry(id, revision),
});

export const del = (id: string, modRevision: bigint): WatchEvent => ({
  kind: 'delete',
  key: PREFIX + id,
  value: Buffer.alloc(0),
  modRevision,
});

/** Weights that a spec sets. */
class ScriptedOverrides implements ServiceOverrides {
  settled = true;
  weights = new Map<string, number>();

  report(): void {
    // Nothing is ever wrong with them.
  }

  apply(snapshot: Snapshot): Snapshot {
    return overriddenSnapshot(snapshot, this.weights, 0n);
  }

  describe(): OverridesDescription {
    return { state: 'live', set: 0, events: 0, lists: NO_LISTS, brokenEntries: 0 };
  }

  close(): void {
    this.settled = false;
  }
}

/** One watched service, on an etcd and a clock that a spec moves. */
export class WatchedService {
  readonly clock = new FakeClock();
  readonly logger = new RecordedLogger();
  readonly opened: FakeConnection[] = [];
  store: { revision: bigint; epoch: string | undefined; kvs: readonly KeyValue[] } = {
    revision: 10n,
    epoch: 'e1',
    kvs: [entry('a', 5n)],
  };
  failure: EtcdFailure | undefined;
  readonly overrides = new ScriptedOverrides();
  readonly subject = new WatchSubject<WatchState>(
    'greeter',
    PREFIX,
    () => undefined,
    () => undefined,
  );
  readonly session: EtcdSession;
  readonly watch: ServiceWatch;

  private constructor() {
    const { clock, logger } = this;
    const random = () => 0.5;
    const probeKey = '/discovery/epoch';
    const connect = (host: string) => this.connect(host);
    this.session = new EtcdSession({ hosts: ['h'], probeKey, connect, clock, random, logger });
    const context = {
      session: this.session,
      multiplexer: new WatchMultiplexer(this.session, probeKey, clock),
      clock,
      random,
      logger,
      namespace: 'discovery',
      epochKey: probeKey,
      limits: DEFAULT_LIMITS,
    };
    this.watch = watchService(this.subject, context, this.overrides);
  }

  /** @param settled Whether it is known what is set from outside. */
  static async start({ settled = true } = {}): Promise<WatchedService> {
    const world = new WatchedService();
    world.overrides.settled = settled;
    await world.clock.advance(0);
    return world;
  }

  close(): void {
    this.watch.close();
    this.session.close();
  }

  streams() {
    return this.opened.flatMap(({ watches }) => watches);
  }

  wire() {
    return this.streams().at(-1)!;
  }

  lists(): number {
    return this.opened.reduce((sum, each) => sum + each.count('txn'), 0);
  }

  ids(state: WatchState = this.subject.state): string[] | undefined {
    return 'snapshot' in state ? state.snapshot.instances.map(({ id }) => id) : undefined;
  }

  async created(revision = this.store.revision): Promise<void> {
    this.wire().answer({ created: true, watchId: '1', revision });
    await this.clock.advance(0);
  }

  /** More than five, on a stream that lives. */
  async minutesPass(): Promise<void> {
    for (let i = 0; i < 170; i++) {
      await this.clock.advance(2_000);
      this.wire().answer({ watchId: '-1' });
    }
  }

  events(...list: WatchEvent[]): void {
    this.wire().answer({ watchId: '1', events: list });
  }

  private connect(host: string): FakeConnection {
    const connection = new FakeConnection(host);
    connection.answerTxn = () => {
      if (this.failure) throw this.failure;
      const { revision, epoch, kvs } = this.store;
      const value = Buffer.from(epoch ?? '');
      const epochs = epoch === undefined ? [] : [{ key: 'epoch', value, modRevision: 1n }];
      const page = { revision, more: false };
      return {
        revision,
        succeeded: true,
        ranges: [
          { ...page, kvs: epochs },
          { ...page, kvs },
        ],
      };
    };
    connection.answerRange = () => {
      if (this.failure) throw this.failure;
      return { revision: this.store.revision, kvs: this.store.kvs, more: false };
    };
    this.opened.push(connection);
    return connection;
  }
}

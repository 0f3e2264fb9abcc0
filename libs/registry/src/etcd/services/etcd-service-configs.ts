import { reason, RegistryClosedError } from '../../errors/registry-errors.js';
import { assertServiceName } from '../../instance/assert-instance.js';
import { decodeServiceConfig, encodeServiceConfig } from '../../instance/codecs.js';
import { configKey } from '../../instance/keys.js';
import { LimitedWarnings } from '../../logging/limited-warnings.js';
import type { ConfigDescription } from '../../registry-description.js';
import type {
  ConfigListener,
  ConfigState,
  ConfigWatch,
  ServiceConfigs,
} from '../../service-configs.js';
import { describeConfig } from '../../subjects/describe-watch.js';
import { type WatchSubject, WatchSubjects } from '../../subjects/watch-subjects.js';
import type { KeyValue, TxnRequest, WatchEvent } from '../client/etcd-connection.js';
import { toRegistryError } from '../client/etcd-failure.js';
import type { EtcdContext } from '../watch/etcd-context.js';
import { ListWatch, type ListWatchStore } from '../watch/list-watch.js';

/** The port of service configs on etcd: one key per service, without a lease. */
export class EtcdServiceConfigs implements ServiceConfigs {
  private readonly subjects: WatchSubjects<ConfigState, ListWatch>;

  /** @param onClosed Called once, when the port was closed. */
  constructor(
    private readonly context: EtcdContext,
    private readonly onClosed: () => void,
  ) {
    this.subjects = new WatchSubjects({
      sourceOf: (service) => configKey(context.namespace, service),
      start: (subject) => this.start(subject),
      onListenerError: (source, error) =>
        context.logger.error(`${source}: a listener has thrown: ${reason(error)}`),
    });
  }

  async publish(service: string, config: object): Promise<void> {
    const value = encodeServiceConfig(config, this.context.limits.valueBytes);
    // One transaction: two processes that publish the same config at the same time write it once.
    await this.write(service, (key) => ({
      when: [{ target: 'value', key, is: value }],
      then: [],
      otherwise: [{ kind: 'put', key, value }],
    }));
  }

  async remove(service: string): Promise<void> {
    await this.write(service, (key) => ({ when: [], then: [{ kind: 'delete', key }] }));
  }

  watch(service: string, listener: ConfigListener): ConfigWatch {
    return this.subjects.watch(service, listener);
  }

  describe(): ConfigDescription[] {
    return this.subjects.map(describeConfig);
  }

  close(): Promise<void> {
    if (this.subjects.close()) this.onClosed();
    return Promise.resolve();
  }

  private async write(service: string, request: (key: string) => TxnRequest): Promise<void> {
    assertServiceName(service);
    const { session, namespace } = this.context;
    const key = configKey(namespace, service);
    if (this.subjects.isClosed) throw new RegistryClosedError(key);
    try {
      await session.call((connection, timeoutMs) => connection.txn(request(key), timeoutMs));
    } catch (error) {
      throw toRegistryError(error, session.hosts, key, 'Try it again later');
    }
  }

  private start(subject: WatchSubject<ConfigState>): ListWatch {
    const { logger, limits } = this.context;
    const warnings = new LimitedWarnings(
      logger,
      this.context.clock,
      `configs under ${subject.source}`,
    );
    const store = new ConfigStore(limits.valueBytes, (key, error) => warnings.warn(key, error));
    return new ListWatch(
      {
        source: subject.source,
        range: { key: subject.source },
        store,
        onCurrent: () => {
          if (store.state !== subject.state) subject.set(store.state);
        },
        // The last state stays in use.
        onFailing: () => undefined,
      },
      this.context,
    );
  }
}

const NONE: ConfigState = { kind: 'none' };

/** The config under one key. A broken value is reported once and changes nothing. */
export class ConfigStore implements ListWatchStore {
  private reflected = 0n;
  /** Revision of the last value read, good or broken. */
  private readAt: bigint | undefined;
  private current: ConfigState = NONE;
  private isBroken = false;

  /** @param onBroken Called once per broken value. */
  constructor(
    private readonly valueBytes: number,
    private readonly onBroken: (key: string, error: unknown) => void,
  ) {}

  get revision(): bigint {
    return this.reflected;
  }

  get brokenEntries(): number {
    return this.isBroken ? 1 : 0;
  }

  get state(): ConfigState {
    return this.current;
  }

  replace(revision: bigint, [kv]: readonly KeyValue[]): boolean {
    const before = this.current;
    if (kv === undefined) this.remove();
    else if (kv.modRevision !== this.readAt) this.put(kv);
    this.reflected = revision;
    return this.current !== before;
  }

  apply(events: readonly WatchEvent[]): boolean {
    const before = this.current;
    for (const event of events) {
      if (event.modRevision <= this.reflected) continue;
      if (event.kind === 'put') this.put(event);
      else this.remove();
      this.reflected = event.modRevision;
    }
    return this.current !== before;
  }

  /** Keeps the config: if the new etcd store holds a broken one, this is still the last good one. */
  clear(): void {
    this.reflected = 0n;
    this.readAt = undefined;
  }

  private put({ key, value, modRevision }: KeyValue): void {
    this.readAt = modRevision;
    try {
      const config = decodeServiceConfig(key, value, this.valueBytes);
      this.current = { kind: 'published', config, revision: String(modRevision) };
      this.isBroken = false;
    } catch (error) {
      this.isBroken = true;
      this.onBroken(key, error);
    }
  }

  private remove(): void {
    this.readAt = undefined;
    this.isBroken = false;
    this.current = NONE;
  }
}

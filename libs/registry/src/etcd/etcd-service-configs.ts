import { configKey } from '../config/config-key.js';
import { encodeServiceConfig } from '../config/service-config-codec.js';
import { reason, RegistryClosedError } from '../errors/registry-errors.js';
import { LimitedWarnings } from '../logging/limited-warnings.js';
import { assertServiceName } from '../instance/service-name.js';
import { describeConfig } from '../describe-watch.js';
import type { ConfigDescription } from '../registry-description.js';
import type {
  ConfigListener,
  ConfigState,
  ConfigWatch,
  ServiceConfigs,
} from '../service-configs.js';
import type { WatchSubject } from '../watch-subject.js';
import { WatchSubjects } from '../watch-subjects.js';
import { ConfigView } from './config-view.js';
import type { TxnRequest } from './etcd-connection.js';
import { toRegistryError } from './etcd-failure.js';
import { RangeWatch, type RangeWatchOptions } from './range-watch.js';

/** The port of service configs on etcd: one key per service, without a lease. */
export class EtcdServiceConfigs implements ServiceConfigs {
  private readonly subjects: WatchSubjects<ConfigState, RangeWatch>;

  /** @param onClosed Called once, when the port was closed. */
  constructor(
    private readonly options: RangeWatchOptions,
    private readonly onClosed: () => void,
  ) {
    this.subjects = new WatchSubjects({
      sourceOf: (service) => configKey(options.namespace, service),
      start: (subject) => this.start(subject),
      onListenerError: (source, error) =>
        options.logger.error(`${source}: a listener has thrown: ${reason(error)}`),
    });
  }

  async publish(service: string, config: object): Promise<void> {
    const value = encodeServiceConfig(config, this.options.limits.valueBytes);
    // In one step: two who publish the same at the same time write it once.
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
    const { session, namespace } = this.options;
    const key = configKey(namespace, service);
    if (this.subjects.isClosed) throw new RegistryClosedError(key);
    try {
      await session.call((connection, timeoutMs) => connection.txn(request(key), timeoutMs));
    } catch (error) {
      throw toRegistryError(error, session.hosts, key, 'Try it again later');
    }
  }

  private start(subject: WatchSubject<ConfigState>): RangeWatch {
    const { logger, limits } = this.options;
    const warnings = new LimitedWarnings(
      logger,
      this.options.clock,
      `configs under ${subject.source}`,
    );
    const view = new ConfigView(limits.valueBytes, (key, error) => warnings.warn(key, error));
    return new RangeWatch(
      {
        source: subject.source,
        range: { key: subject.source },
        view,
        onCurrent: () => {
          if (view.state !== subject.state) subject.set(view.state);
        },
        // The last state stays.
        onFailing: () => undefined,
      },
      this.options,
    );
  }
}

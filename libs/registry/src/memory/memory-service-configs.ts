import { decodeServiceConfig, encodeServiceConfig } from '../instance/codecs.js';
import { RegistryClosedError } from '../errors/registry-errors.js';
import { assertServiceName } from '../instance/assert-instance.js';
import { describeConfig } from '../subjects/describe-watch.js';
import type { ConfigDescription } from '../registry-description.js';
import type {
  ConfigListener,
  ConfigState,
  ConfigWatch,
  ServiceConfigs,
} from '../service-configs.js';
import { WatchSubjects } from '../subjects/watch-subjects.js';
import type { MemoryStore } from './memory-store.js';
import { MemoryWatch } from './memory-watcher.js';

const sourceOf = (service: string) => `memory:config/${service}`;

/** The port of service configs in memory. */
export class MemoryServiceConfigs implements ServiceConfigs {
  private readonly subjects: WatchSubjects<ConfigState, MemoryWatch>;

  constructor(private readonly store: MemoryStore) {
    this.subjects = new WatchSubjects({
      sourceOf,
      start: ({ service }) =>
        new MemoryWatch(
          (listener) =>
            store.onConfigChange((changed) => {
              if (changed === service) listener();
            }),
          () => this.update(service),
        ),
      onListenerError: () => undefined,
    });
  }

  async publish(service: string, config: object): Promise<void> {
    const value = encodeServiceConfig(config);
    await this.answer(service);
    this.store.putConfig(service, value);
  }

  async remove(service: string): Promise<void> {
    await this.answer(service);
    this.store.deleteConfig(service);
  }

  watch(service: string, listener: ConfigListener): ConfigWatch {
    return this.subjects.watch(service, listener);
  }

  describe(): ConfigDescription[] {
    return this.subjects.map(describeConfig);
  }

  close(): Promise<void> {
    this.subjects.close();
    return Promise.resolve();
  }

  /** As with a remote registry, nothing happens before the port has returned. */
  private async answer(service: string): Promise<void> {
    assertServiceName(service);
    if (this.subjects.isClosed) throw new RegistryClosedError(sourceOf(service));
    await Promise.resolve();
  }

  private update(service: string): void {
    const stored = this.store.config(service);
    this.subjects.get(service)?.set(
      stored
        ? {
            kind: 'published',
            config: decodeServiceConfig(sourceOf(service), stored.value),
            revision: stored.revision,
          }
        : { kind: 'none' },
    );
  }
}

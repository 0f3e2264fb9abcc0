import { RegistryClosedError, reason } from '../errors/registry-errors.js';
import { servicePrefix } from '../instance/instance-key.js';
import { assertServiceName } from '../instance/service-name.js';
import { WatchSubject } from '../watch-subject.js';
import type { Watch, Watcher, WatchListener } from '../watcher.js';
import { ServiceWatch, type ServiceWatchOptions } from './service-watch.js';

/** The watcher's port on etcd: one {@link ServiceWatch} per service, shared by its listeners. */
export class EtcdWatcher implements Watcher {
  private readonly watches = new Map<string, { subject: WatchSubject; service: ServiceWatch }>();
  private closed = false;

  /** @param onClosed Called once, when the watcher was closed. */
  constructor(
    private readonly options: ServiceWatchOptions,
    private readonly onClosed: () => void,
  ) {}

  watch(service: string, listener: WatchListener): Watch {
    assertServiceName(service);
    const prefix = servicePrefix(this.options.namespace, service);
    if (this.closed) throw new RegistryClosedError(prefix);
    return (this.watches.get(service)?.subject ?? this.start(service, prefix)).listen(listener);
  }

  close(): Promise<void> {
    if (this.closed) return Promise.resolve();
    this.closed = true;
    for (const { subject } of [...this.watches.values()]) subject.closeAll();
    this.onClosed();
    return Promise.resolve();
  }

  private start(name: string, prefix: string): WatchSubject {
    const subject = new WatchSubject(
      name,
      prefix,
      () => this.stop(name),
      (error) => this.options.logger.error(`${prefix}: a listener has thrown: ${reason(error)}`),
    );
    this.watches.set(name, { subject, service: new ServiceWatch(subject, this.options) });
    return subject;
  }

  private stop(name: string): void {
    this.watches.get(name)?.service.close();
    this.watches.delete(name);
  }
}

import { reason } from '../errors/registry-errors.js';
import { allInstancesPrefix, servicePrefix } from '../instance/instance-key.js';
import { describeService, describeServices, type DescribedWatcher } from '../describe-watch.js';
import type { ServiceDescription, ServicesDescription } from '../registry-description.js';
import type {
  ServicesListener,
  ServicesState,
  ServicesWatch,
  Watch,
  WatchListener,
  WatchState,
} from '../watcher.js';
import { WatchSubjects } from '../watch-subjects.js';
import { watchNamespace, type NamespaceWatch } from './namespace-watch.js';
import type { RangeWatchOptions } from './range-watch.js';
import { watchOverrides, watchService, type ServiceWatch } from './service-watch.js';

/** The watcher's port on etcd: one watch per service and one of all, each shared by its listeners. */
export class EtcdWatcher implements DescribedWatcher {
  private readonly subjects: WatchSubjects<WatchState, ServiceWatch>;
  private readonly namespace: WatchSubjects<ServicesState, NamespaceWatch>;

  /** @param onClosed Called once, when the watcher was closed. */
  constructor(
    options: RangeWatchOptions,
    private readonly onClosed: () => void,
  ) {
    const onListenerError = (source: string, error: unknown) =>
      options.logger.error(`${source}: a listener has thrown: ${reason(error)}`);
    this.subjects = new WatchSubjects({
      sourceOf: (service) => servicePrefix(options.namespace, service),
      start: (subject) => {
        const onChange = () => watch.overridesChanged();
        const overrides = watchOverrides(subject.service, options, onChange);
        const watch: ServiceWatch = watchService(subject, options, overrides);
        return watch;
      },
      onListenerError,
    });
    this.namespace = new WatchSubjects({
      sourceOf: () => allInstancesPrefix(options.namespace),
      start: (subject) => watchNamespace(subject, options),
      onListenerError,
    });
  }

  watch(service: string, listener: WatchListener): Watch {
    return this.subjects.watch(service, listener);
  }

  watchServices(listener: ServicesListener): ServicesWatch {
    return this.namespace.watchAll(listener);
  }

  describe(): ServiceDescription[] {
    return this.subjects.map(describeService);
  }

  describeServices(): ServicesDescription | undefined {
    return this.namespace.map((subject, watch) => describeServices(subject, watch.statistics()))[0];
  }

  close(): Promise<void> {
    this.namespace.close();
    if (this.subjects.close()) this.onClosed();
    return Promise.resolve();
  }
}

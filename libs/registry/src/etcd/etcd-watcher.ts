import { reason } from '../errors/registry-errors.js';
import { servicePrefix } from '../instance/instance-key.js';
import { describeService, type DescribedWatcher } from '../describe-watch.js';
import type { ServiceDescription } from '../registry-description.js';
import type { Watch, WatchListener, WatchState } from '../watcher.js';
import { WatchSubjects } from '../watch-subjects.js';
import { OverridesWatch } from './overrides-watch.js';
import type { RangeWatchOptions } from './range-watch.js';
import { ServiceWatch } from './service-watch.js';

/** The watcher's port on etcd: one {@link ServiceWatch} per service, shared by its listeners. */
export class EtcdWatcher implements DescribedWatcher {
  private readonly subjects: WatchSubjects<WatchState, ServiceWatch>;

  /** @param onClosed Called once, when the watcher was closed. */
  constructor(
    options: RangeWatchOptions,
    private readonly onClosed: () => void,
  ) {
    this.subjects = new WatchSubjects({
      sourceOf: (service) => servicePrefix(options.namespace, service),
      start: (subject) => {
        const onChange = () => watch.overridesChanged();
        const overrides = new OverridesWatch(subject.service, options, onChange);
        const watch: ServiceWatch = new ServiceWatch(subject, options, overrides);
        return watch;
      },
      onListenerError: (source, error) =>
        options.logger.error(`${source}: a listener has thrown: ${reason(error)}`),
    });
  }

  watch(service: string, listener: WatchListener): Watch {
    return this.subjects.watch(service, listener);
  }

  describe(): ServiceDescription[] {
    return this.subjects.map(describeService);
  }

  close(): Promise<void> {
    if (this.subjects.close()) this.onClosed();
    return Promise.resolve();
  }
}

import { reason } from '../../errors/registry-errors.js';
import { allInstancesPrefix, overridesPrefix, servicePrefix } from '../../instance/keys.js';
import { LimitedWarnings } from '../../logging/limited-warnings.js';
import type { ServiceDescription, ServicesDescription } from '../../registry-description.js';
import {
  type DescribedWatcher,
  describeService,
  describeServices,
} from '../../subjects/describe-watch.js';
import { type WatchSubject, WatchSubjects } from '../../subjects/watch-subjects.js';
import type {
  ServicesListener,
  ServicesState,
  ServicesWatch,
  Snapshot,
  Watch,
  WatchListener,
  WatchState,
} from '../../watcher.js';
import type { EtcdContext } from '../watch/list-watch.js';
import { OverridesWatch } from './etcd-overrides.js';
import { instanceReport, InstanceStore, unreadable } from './instance-store.js';
import { InstancesWatch, type WatchedOverrides } from './instances-watch.js';
import { type NamespaceWatch, watchNamespace } from './namespace-watch.js';
import { OverrideStore } from './override-store.js';

export type ServiceWatch = InstancesWatch<Snapshot>;

/** What a service's watch needs to know of the weights set from outside. */
export interface ServiceOverrides extends WatchedOverrides {
  /** The snapshot with the weights that are set. Returns the same object for the same snapshot while no weight changes. */
  apply(snapshot: Snapshot): Snapshot;
}

/** Keeps the instances of one service fresh. */
export function watchService(
  subject: WatchSubject<WatchState>,
  options: EtcdContext,
  overrides: ServiceOverrides,
): ServiceWatch {
  const { service, source } = subject;
  const { logger, limits, clock } = options;
  const report = instanceReport(source, logger, clock);
  const view = new InstanceStore(service, source, limits, report);
  const snapshot = () => overrides.apply(view.snapshot);
  return new InstancesWatch(subject, options, { view, overrides, snapshot });
}

/** Keeps the weights set for one service fresh. */
export function watchOverrides(
  service: string,
  options: EtcdContext,
  onChange: () => void,
): OverridesWatch {
  const { limits, logger, clock, namespace } = options;
  const source = overridesPrefix(namespace, service);
  const warnings = new LimitedWarnings(logger, clock, unreadable('overrides', source));
  const onBroken = (key: string, error: unknown) => warnings.warn(key, error);
  const view = new OverrideStore(source, limits.instancesPerService, onBroken);
  return new OverridesWatch(source, view, options, onChange);
}

/** The watcher's port on etcd: one watch per service and one of all, each shared by its listeners. */
export class EtcdWatcher implements DescribedWatcher {
  private readonly subjects: WatchSubjects<WatchState, ServiceWatch>;
  private readonly namespace: WatchSubjects<ServicesState, NamespaceWatch>;

  /** @param onClosed Called once, when the watcher was closed. */
  constructor(
    options: EtcdContext,
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

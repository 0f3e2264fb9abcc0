import { reason } from '../../errors/registry-errors.js';
import { allInstancesPrefix, servicePrefix } from '../../instance/keys.js';
import type { ServiceDescription, ServicesDescription } from '../../registry-description.js';
import {
  describeService,
  describeServices,
  type DescribedWatcher,
} from '../../subjects/describe-watch.js';
import { WatchSubjects, type WatchSubject } from '../../subjects/watch-subjects.js';
import type {
  ServicesListener,
  ServicesState,
  ServicesWatch,
  Snapshot,
  Watch,
  WatchListener,
  WatchState,
} from '../../watcher.js';
import type { EtcdContext } from '../watch/etcd-context.js';
import { watchOverrides } from './etcd-overrides.js';
import { InstanceStore, instanceReport } from './instance-store.js';
import { InstancesWatch, type WatchedOverrides } from './instances-watch.js';
import { watchNamespace, type NamespaceWatch } from './namespace-watch.js';

export type ServiceWatch = InstancesWatch<Snapshot>;

/** The overrides of one service. */
export interface ServiceOverrides extends WatchedOverrides {
  /** Applies the overrides to a snapshot. Returns the same object for the same snapshot until an override changes. */
  apply(snapshot: Snapshot): Snapshot;
}

/** Keeps the instances of one service fresh. */
export function watchService(
  subject: WatchSubject<WatchState>,
  context: EtcdContext,
  overrides: ServiceOverrides,
): ServiceWatch {
  const { service, source } = subject;
  const { logger, limits, clock } = context;
  const store = new InstanceStore(service, source, limits, instanceReport(source, logger, clock));
  const snapshot = () => overrides.apply(store.snapshot);
  return new InstancesWatch(subject, context, { store, overrides, snapshot });
}

/** The watcher's port on etcd: one watch per service and one of all services, each shared by its listeners. */
export class EtcdWatcher implements DescribedWatcher {
  private readonly subjects: WatchSubjects<WatchState, ServiceWatch>;
  private readonly namespace: WatchSubjects<ServicesState, NamespaceWatch>;

  /** @param onClosed Called once, when the watcher was closed. */
  constructor(
    context: EtcdContext,
    private readonly onClosed: () => void,
  ) {
    const onListenerError = (source: string, error: unknown) =>
      context.logger.error(`${source}: a listener has thrown: ${reason(error)}`);
    this.subjects = new WatchSubjects({
      sourceOf: (service) => servicePrefix(context.namespace, service),
      start: (subject) => {
        const onChange = () => watch.overridesChanged();
        const overrides = watchOverrides(subject.service, context, onChange);
        const watch: ServiceWatch = watchService(subject, context, overrides);
        return watch;
      },
      onListenerError,
    });
    this.namespace = new WatchSubjects({
      sourceOf: () => allInstancesPrefix(context.namespace),
      start: (subject) => watchNamespace(subject, context),
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

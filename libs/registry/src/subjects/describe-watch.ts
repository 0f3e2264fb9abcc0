import type {
  ConfigDescription,
  ServiceDescription,
  ServicesDescription,
  ServiceStatistics,
  WatchStatistics,
} from '../registry-description.js';
import type { ConfigState } from '../service-configs.js';
import type { SubjectKeeper, WatchSubject } from './watch-subjects.js';
import type { ServicesState, Watcher, WatchState } from '../watcher.js';

/** A watcher that a registry can describe. */
export interface DescribedWatcher extends Watcher {
  /** In order of service. */
  describe(): ServiceDescription[];
  /** Undefined without a watch of all services. */
  describeServices(): ServicesDescription | undefined;
}

export function describeService(
  subject: WatchSubject<WatchState>,
  keeper: SubjectKeeper & { statistics(): ServiceStatistics },
): ServiceDescription {
  return { ...describeSnapshot(subject), ...keeper.statistics() };
}

/** The last state delivered to the listeners of a service. */
export function describeSnapshot(
  subject: WatchSubject<WatchState>,
): Omit<ServiceDescription, keyof ServiceStatistics> {
  const { service, source, state } = subject;
  const snapshot = 'snapshot' in state ? state.snapshot : undefined;
  return {
    service,
    source,
    state: state.kind,
    stalenessMs: subject.stalenessMs(),
    instances: snapshot?.instances.length ?? 0,
    revision: snapshot?.revision,
  };
}

export function describeServices(
  subject: WatchSubject<ServicesState>,
  statistics: ServiceStatistics,
): ServicesDescription {
  const { source, state } = subject;
  const snapshot = 'snapshot' in state ? state.snapshot : undefined;
  return {
    source,
    state: state.kind,
    stalenessMs: subject.stalenessMs(),
    services: snapshot?.services.size ?? 0,
    revision: snapshot?.revision,
    ...statistics,
  };
}

export function describeConfig(
  subject: WatchSubject<ConfigState>,
  keeper: SubjectKeeper & { statistics(): WatchStatistics },
): ConfigDescription {
  const { service, source, state } = subject;
  const stalenessMs = subject.stalenessMs();
  return { service, source, state: state.kind, stalenessMs, ...keeper.statistics() };
}

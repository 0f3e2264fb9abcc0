import { overridesPrefix } from '../overrides/override-key.js';
import { LimitedWarnings } from '../logging/limited-warnings.js';
import type { WatchSubject } from '../watch-subject.js';
import type { Snapshot, WatchState } from '../watcher.js';
import { instanceReport, unreadable } from './instance-report.js';
import { InstanceView } from './instance-view.js';
import { InstancesWatch, type WatchedOverrides } from './instances-watch.js';
import { OverrideView } from './override-view.js';
import { OverridesWatch } from './overrides-watch.js';
import type { RangeWatchOptions } from './range-watch.js';

export type ServiceWatch = InstancesWatch<Snapshot>;

/** What a service's watch needs to know of the weights set from outside. */
export interface ServiceOverrides extends WatchedOverrides {
  /** The snapshot with the weights that are set. Returns the same object for the same snapshot while no weight changes. */
  apply(snapshot: Snapshot): Snapshot;
}

/** Keeps the instances of one service fresh. */
export function watchService(
  subject: WatchSubject<WatchState>,
  options: RangeWatchOptions,
  overrides: ServiceOverrides,
): ServiceWatch {
  const { service, source } = subject;
  const { logger, limits, clock } = options;
  const report = instanceReport(source, logger, clock);
  const view = new InstanceView(service, source, limits, report);
  const snapshot = () => overrides.apply(view.snapshot);
  return new InstancesWatch(subject, options, { view, overrides, snapshot });
}

/** Keeps the weights set for one service fresh. */
export function watchOverrides(
  service: string,
  options: RangeWatchOptions,
  onChange: () => void,
): OverridesWatch {
  const { limits, logger, clock, namespace } = options;
  const source = overridesPrefix(namespace, service);
  const warnings = new LimitedWarnings(logger, clock, unreadable('overrides', source));
  const onBroken = (key: string, error: unknown) => warnings.warn(key, error);
  const view = new OverrideView(source, limits.instancesPerService, onBroken);
  return new OverridesWatch(source, view, options, onChange);
}

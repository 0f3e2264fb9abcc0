import { LimitedWarnings } from '../logging/limited-warnings.js';
import { WarningBudget } from '../logging/warning-budget.js';
import { allOverridesPrefix } from '../overrides/override-key.js';
import { ServicesSnapshots } from '../services-snapshots.js';
import type { WatchSubject } from '../watch-subject.js';
import type { ServicesSnapshot, ServicesState, Snapshot } from '../watcher.js';
import { instanceReport, unreadable } from './instance-report.js';
import { InstancesWatch } from './instances-watch.js';
import { NamespaceView } from './namespace-view.js';
import { NamespaceWeights } from './namespace-weights.js';
import { OverridesWatch } from './overrides-watch.js';
import type { RangeWatchOptions } from './range-watch.js';

export type NamespaceWatch = InstancesWatch<ServicesSnapshot>;

/** Keeps the instances of all services fresh: by one watch of their entries, and one of the weights that are set for them. */
export function watchNamespace(
  subject: WatchSubject<ServicesState>,
  options: RangeWatchOptions,
): NamespaceWatch {
  const { source } = subject;
  const { logger, limits, clock } = options;
  const budget = new WarningBudget(logger, clock, unreadable('entries', source));
  const strays = instanceReport(source, budget, clock);
  const view = new NamespaceView(source, {
    limits,
    reportOf: (prefix) => instanceReport(prefix, budget, clock),
    onStray: (key, error) => strays.broken(key, error),
  });
  const overrides = watchAllOverrides(options, () => watch.overridesChanged());
  const snapshots = new ServicesSnapshots();
  const overridden = function* (): Generator<Snapshot> {
    for (const snapshot of view.snapshots()) yield overrides.apply(snapshot);
  };
  const snapshot = () => {
    const revision = view.revision > overrides.revision ? view.revision : overrides.revision;
    return snapshots.of(overridden(), revision);
  };
  const watch: NamespaceWatch = new InstancesWatch(subject, options, { view, overrides, snapshot });
  return watch;
}

/** Keeps the weights set for all services fresh. */
function watchAllOverrides(options: RangeWatchOptions, onChange: () => void): OverridesWatch {
  const { limits, logger, clock, namespace } = options;
  const source = allOverridesPrefix(namespace);
  const budget = new WarningBudget(logger, clock, unreadable('overrides', source));
  const onBrokenOf = (prefix: string) => {
    const warnings = new LimitedWarnings(budget, clock, unreadable('overrides', prefix));
    return (key: string, error: unknown) => warnings.warn(key, error);
  };
  const view = new NamespaceWeights(source, {
    most: limits.instancesPerService,
    onBrokenOf,
    onStray: onBrokenOf(source),
  });
  return new OverridesWatch(source, view, options, onChange);
}

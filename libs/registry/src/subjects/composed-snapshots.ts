import type { ServicesSnapshot, Snapshot, WatchStateOf } from '../watcher.js';

/**
 * The state of a live watch. Its snapshot is built on the first read and stays the same afterwards, so that changes that arrive
 * faster than anyone reads do not cost a snapshot each.
 */
export function liveState<Known>(
  make: () => Known,
): Extract<WatchStateOf<Known>, { kind: 'live' }> {
  let made: Known | undefined;
  return {
    kind: 'live',
    get snapshot() {
      return (made ??= make());
    },
  };
}

/** Combines the snapshots of all services; the same parts give the same object. */
export class ServicesSnapshots {
  private last: ServicesSnapshot | undefined;

  /**
   * @param snapshots In order of service.
   * @param revision Revision of the registry that the snapshots reflect.
   */
  of(snapshots: Iterable<Snapshot>, revision: bigint): ServicesSnapshot {
    const services = new Map<string, Snapshot>();
    for (const snapshot of snapshots) services.set(snapshot.service, snapshot);
    if (this.last && holdsTheSame(this.last.services, services)) return this.last;
    return (this.last = { services, revision: String(revision) });
  }
}

function holdsTheSame(
  before: ReadonlyMap<string, Snapshot>,
  now: ReadonlyMap<string, Snapshot>,
): boolean {
  if (before.size !== now.size) return false;
  for (const [service, snapshot] of now) if (before.get(service) !== snapshot) return false;
  return true;
}

/**
 * Applies overrides to a snapshot; returns the same object if none of them is for its instances.
 * @param revision Revision of the registry that the overrides reflect.
 */
export function overriddenSnapshot(
  snapshot: Snapshot,
  weights: ReadonlyMap<string, number>,
  revision: bigint,
): Snapshot {
  const registeredWeights = new Map<string, number>();
  for (const { id, weight } of weights.size === 0 ? [] : snapshot.instances) {
    if (weights.has(id)) registeredWeights.set(id, weight);
  }
  if (registeredWeights.size === 0) return snapshot;
  const instances = snapshot.instances.map((instance) => {
    const weight = weights.get(instance.id);
    return weight === undefined ? instance : { ...instance, weight };
  });
  const newer = revision > BigInt(snapshot.revision) ? String(revision) : snapshot.revision;
  return { ...snapshot, instances, revision: newer, registeredWeights };
}

import type { ServicesSnapshot, Snapshot } from './watcher.js';

/** Puts the snapshots of all services together, and makes no new whole of the same parts. */
export class ServicesSnapshots {
  private last: ServicesSnapshot | undefined;

  /**
   * @param snapshots In order of service.
   * @param revision Revision of the registry that they reflect.
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

import type { Snapshot } from '../watcher.js';

/**
 * The snapshot with the weights that are set from outside; the very same one when none of them is for its instances.
 * @param revision Revision of the registry that the weights reflect.
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

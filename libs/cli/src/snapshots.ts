import type { Registry, Snapshot } from '@grpc-discovery/registry';
import { NothingFoundError } from './errors.js';

/**
 * The instances of a service as the registry holds them now. Bounded by the registry: it is tried for at most 6 s.
 * @throws RegistryUnreachableError, RegistryRefusedError
 */
export function currentSnapshot({ watcher }: Registry, service: string): Promise<Snapshot> {
  return new Promise((resolve, reject) => {
    const watch = watcher.watch(service, (state) => {
      if (state.kind === 'pending') return;
      if (state.kind === 'unavailable') reject(state.error);
      else resolve(state.snapshot);
      watch.close();
    });
  });
}

/** As {@link currentSnapshot}. @throws NothingFoundError, too, when the service has no instance */
export async function snapshotWithInstances(
  registry: Registry,
  service: string,
): Promise<Snapshot> {
  const snapshot = await currentSnapshot(registry, service);
  if (snapshot.instances.length > 0) return snapshot;
  const { namespace } = registry.describe();
  throw new NothingFoundError(
    `No instance of ${service} is registered in the namespace ${namespace}.`,
  );
}

/** Of every service that anything is stored of, in order of name. */
export async function allSnapshots(registry: Registry): Promise<Snapshot[]> {
  const names = await registry.services();
  return Promise.all(names.map((service) => currentSnapshot(registry, service)));
}

import type { Registry, Snapshot } from '@grpc-discovery/registry';
import { counted } from '@grpc-discovery/registry/options';
import { NothingFoundError } from './errors.js';
import type { Invocation } from './invocation.js';
import { didYouMean } from './nearest-names.js';

/** The current entries of a service. */
export interface CurrentSnapshot extends Snapshot {
  /** How many entries are skipped because they are unreadable. */
  readonly brokenEntries: number;
}

/**
 * The currently registered instances of a service. The registry tries for at most 6 s.
 * @throws RegistryUnreachableError, RegistryRefusedError
 */
export function currentSnapshot(registry: Registry, service: string): Promise<CurrentSnapshot> {
  return new Promise((resolve, reject) => {
    const watch = registry.watcher.watch(service, (state) => {
      if (state.kind === 'pending') return;
      if (state.kind === 'unavailable') {
        reject(state.error);
      } else {
        resolve({ ...state.snapshot, brokenEntries: brokenEntriesOf(registry, service) });
      }
      watch.close();
    });
  });
}

/** As {@link currentSnapshot}. @throws NothingFoundError, too, when the service has no instance */
export async function snapshotWithInstances(
  registry: Registry,
  service: string,
): Promise<CurrentSnapshot> {
  const snapshot = await currentSnapshot(registry, service);
  if (snapshot.instances.length > 0) return snapshot;
  throw new NothingFoundError(
    `No instance of ${service} is registered in the namespace ${namespaceOf(registry)}.` +
      (snapshot.brokenEntries > 0
        ? ` ${brokenText(service, snapshot.brokenEntries)}`
        : await otherServices(registry, service)),
  );
}

/** Snapshots of all services with stored entries, sorted by name. */
export async function allSnapshots(registry: Registry): Promise<CurrentSnapshot[]> {
  const names = await registry.services();
  return Promise.all(names.map((service) => currentSnapshot(registry, service)));
}

/** How many entries of a watched service are unreadable. */
export function brokenEntriesOf(registry: Registry, service: string): number {
  const described = registry.describe().services.find((each) => each.service === service);
  return described?.brokenEntries ?? 0;
}

/** Notes how many entries are missing from the output, if any. */
export function noteBroken(
  { output }: Pick<Invocation, 'output'>,
  snapshots: readonly CurrentSnapshot[],
): void {
  for (const { service, brokenEntries } of snapshots) {
    if (brokenEntries > 0) output.note(brokenText(service, brokenEntries));
  }
}

export function brokenText(service: string, brokenEntries: number): string {
  const entries = counted(brokenEntries, 'entry', 'entries');
  return `${entries} of ${service} can't be read and ${brokenEntries === 1 ? 'is' : 'are'} left out: doctor shows why.`;
}

/** Suggests similar services, or says that there are none; `''` if this user may not read them. */
export async function otherServices(registry: Registry, service: string): Promise<string> {
  const names = await registry.services().catch(() => undefined);
  if (names === undefined) return '';
  const others = names.filter((name) => name !== service);
  if (names.length > 0) return didYouMean(service, others, 'Others there are');
  return ' Nothing is registered there at all: check the namespace; doctor finds others.';
}

function namespaceOf(registry: Registry): string {
  return registry.describe().namespace;
}

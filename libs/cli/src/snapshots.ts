import type { Registry, Snapshot } from '@grpc-discovery/registry';
import { counted } from '@grpc-discovery/registry/options';
import { NothingFoundError } from './errors.js';
import type { Invocation } from './invocation.js';
import { didYouMean } from './nearest-names.js';

/** What the registry holds of a service now. */
export interface CurrentSnapshot extends Snapshot {
  /** How many entries are left out because they can't be read. */
  readonly brokenEntries: number;
}

/**
 * The instances of a service as the registry holds them now. Bounded by the registry: it is tried for at most 6 s.
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

/** Of every service that anything is stored of, in order of name. */
export async function allSnapshots(registry: Registry): Promise<CurrentSnapshot[]> {
  const names = await registry.services();
  return Promise.all(names.map((service) => currentSnapshot(registry, service)));
}

/** How many entries of a service that is watched can't be read. */
export function brokenEntriesOf(registry: Registry, service: string): number {
  const described = registry.describe().services.find((each) => each.service === service);
  return described?.brokenEntries ?? 0;
}

/** Notes how many entries are missing from what is shown, where there are any. */
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

/** Which service may be meant instead, or that there is none; `''` when this user may not see. */
export async function otherServices(registry: Registry, service: string): Promise<string> {
  const names = await registry.services().catch(() => undefined);
  if (names === undefined) return '';
  const others = names.filter((name) => name !== service);
  if (names.length > 0) return didYouMean(service, others, 'Others there are');
  return ' Nothing is registered there at all: check the namespace; doctor looks for others.';
}

function namespaceOf(registry: Registry): string {
  return registry.describe().namespace;
}

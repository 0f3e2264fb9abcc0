import { setTimeout as delay } from 'node:timers/promises';
import type { Registry, Snapshot, Watch, WatchState } from '@grpc-discovery/registry';
import { print, type Invocation } from '../invocation.js';
import { instanceTable, serviceTable, summaryOf } from '../snapshot-tables.js';

/** How soon a service is shown that was never there before, in milliseconds. */
const NEW_SERVICES_MS = 2_000;

/** Shows the instances of a service, again at each change, until the user ends it. */
export async function liveInstances(invocation: Invocation, service: string): Promise<void> {
  const { registry, signal, output } = invocation;
  const watch = registry.watcher.watch(service, (state) => {
    output.clear();
    if (!('snapshot' in state)) return output.note(stateText(service, state));
    const { kind, snapshot } = state;
    const { instances, revision } = snapshot;
    print(invocation, { service, state: kind, revision, instances }, () => [
      stateText(service, state),
      ...instanceTable(snapshot),
      '',
    ]);
  });
  await aborted(signal);
  watch.close();
}

/** Shows all services, again at each change, until the user ends it. */
export async function liveServices(invocation: Invocation): Promise<void> {
  const { registry, signal } = invocation;
  const watches = new Map<string, Watch>();
  let isDue = false;
  const show = () => {
    if (isDue) return;
    isDue = true;
    // What changes together is shown once.
    setImmediate(() => {
      isDue = false;
      if (!signal.aborted) showServices(invocation, snapshotsOf(watches));
    });
  };
  while (!signal.aborted) {
    for (const service of await newServices(registry, watches)) {
      watches.set(service, registry.watcher.watch(service, show));
    }
    await delay(NEW_SERVICES_MS, undefined, { signal }).catch(() => undefined);
  }
  for (const watch of watches.values()) watch.close();
}

async function newServices(registry: Registry, watches: ReadonlyMap<string, Watch>) {
  // Those that were seen once are watched, whatever the registry does; only the first answer is waited for.
  const names = await registry.services().catch((error: unknown) => {
    if (watches.size === 0) throw error;
    return [];
  });
  return names.filter((service) => !watches.has(service));
}

function snapshotsOf(watches: ReadonlyMap<string, Watch>): Snapshot[] {
  const inOrder = [...watches].sort(([a], [b]) => (a < b ? -1 : 1));
  return inOrder.flatMap(([, { state }]) => ('snapshot' in state ? [state.snapshot] : []));
}

function showServices(invocation: Invocation, snapshots: readonly Snapshot[]): void {
  invocation.output.clear();
  print(invocation, snapshots.map(summaryOf), () => [...serviceTable(snapshots), '']);
}

function stateText(service: string, state: WatchState): string {
  switch (state.kind) {
    case 'pending':
      return `${service}: the registry is asked`;
    case 'unavailable':
      return `${service}: ${state.error.message}`;
    case 'live':
      return `${service}: live, revision ${state.snapshot.revision}`;
    case 'stale':
      return `${service}: stale since ${state.since.toISOString()}, revision ${state.snapshot.revision}`;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

import type { WatchStateOf } from '@grpc-discovery/registry';
import { aborted } from '../interrupt.js';
import { print, type Invocation } from '../invocation.js';
import { instanceTable, serviceTable, summaryOf } from '../snapshot-tables.js';
import { brokenEntriesOf, brokenText, otherServices } from '../snapshots.js';

/** Shows the instances of a service, again at each change, until the user ends it. */
export async function liveInstances(invocation: Invocation, service: string): Promise<void> {
  const { registry, signal, output } = invocation;
  let isFirst = true;
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
    const broken = brokenEntriesOf(registry, service);
    if (broken > 0) output.note(brokenText(service, broken));
    if (instances.length === 0 && isFirst) {
      // Only a hint: the watch reports a registry that does not answer.
      noteOthers(invocation, service).catch(() => undefined);
    }
    isFirst = false;
  });
  await aborted(signal);
  watch.close();
}

/** Shows all services, again at each change, until the user ends it. */
export async function liveServices(invocation: Invocation): Promise<void> {
  const { registry, signal, output } = invocation;
  const watch = registry.watcher.watchServices((state) => {
    output.clear();
    if (state.kind !== 'live') output.note(stateText('All services', state));
    if (!('snapshot' in state)) return;
    const snapshots = [...state.snapshot.services.values()];
    print(invocation, snapshots.map(summaryOf), () => [...serviceTable(snapshots), '']);
  });
  await aborted(signal);
  watch.close();
}

/** The name of an unknown service may be misspelt. */
async function noteOthers({ registry, output, signal }: Invocation, service: string) {
  const others = await otherServices(registry, service);
  if (!signal.aborted) output.note(`No instance of ${service} is registered.${others}`);
}

function stateText(subject: string, state: WatchStateOf<{ revision: string }>): string {
  switch (state.kind) {
    case 'pending':
      return `${subject}: waiting for the registry`;
    case 'unavailable':
      return `${subject}: ${state.error.message}`;
    case 'live':
      return `${subject}: live, revision ${state.snapshot.revision}`;
    case 'stale':
      return `${subject}: stale since ${state.since.toISOString()}, revision ${state.snapshot.revision}`;
  }
}

import type { Command } from 'commander';
import { readService } from '../arguments.js';
import { NothingFoundError } from '../errors.js';
import { print, type Invocation, type Run } from '../invocation.js';
import { allSnapshots, noteBroken, snapshotWithInstances } from '../snapshots.js';
import { instanceTable, serviceTable, summaryOf } from '../snapshot-tables.js';
import { liveInstances, liveServices } from './live-list.js';

export function addList(program: Command, run: Run): void {
  program
    .command('list')
    .description('list services, or the instances of one')
    .argument('[service]', 'name of the service; without it, all services are listed', readService)
    .option('-w, --watch', 'keep running and print each change')
    .action((service: string | undefined, { watch = false }: { watch?: boolean }) =>
      run((invocation) => {
        if (watch) {
          return service === undefined
            ? liveServices(invocation)
            : liveInstances(invocation, service);
        }
        return service === undefined ? listServices(invocation) : listOne(invocation, service);
      }),
    );
}

async function listServices(invocation: Invocation): Promise<void> {
  const snapshots = await allSnapshots(invocation.registry);
  if (snapshots.length === 0) {
    const { namespace } = invocation.registry.describe();
    throw new NothingFoundError(
      `Nothing is registered in the namespace ${namespace}: check --namespace, or DISCOVERY_NAMESPACE; ` +
        'doctor finds other namespaces.',
    );
  }
  print(invocation, snapshots.map(summaryOf), () => serviceTable(snapshots));
  noteBroken(invocation, snapshots);
}

async function listOne(invocation: Invocation, service: string): Promise<void> {
  const snapshot = await snapshotWithInstances(invocation.registry, service);
  print(invocation, snapshot.instances, () => instanceTable(snapshot));
  noteBroken(invocation, [snapshot]);
}

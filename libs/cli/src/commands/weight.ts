import { MAX_WEIGHT, type Registry } from '@grpc-discovery/registry';
import type { Command } from 'commander';
import { readInstance, readWeight } from '../arguments.js';
import { NothingFoundError, UsageError } from '../errors.js';
import { print, type Invocation, type Run } from '../invocation.js';
import { didYouMean } from '../nearest-names.js';
import { currentSnapshot, otherServices } from '../snapshots.js';

/** An instance as it is named on the command line. */
interface Found {
  readonly service: string;
  readonly id: string;
}

const INSTANCE = 'its id, or <service>/<id>';

/** `drain`, `undrain` and `weight` override the weight of an instance for all clients. */
export function addWeights(program: Command, run: Run): void {
  program
    .command('drain')
    .description('stop new calls to an instance, even if it hangs')
    .argument('<instance>', INSTANCE, readInstance)
    .action((instance: string) => run((invocation) => setWeight(invocation, instance, 0)));
  program
    .command('undrain')
    .description('remove the override: the instance has its own weight again')
    .argument('<instance>', INSTANCE, readInstance)
    .action((instance: string) => run((invocation) => undrain(invocation, instance)));
  program
    .command('weight')
    .description('override the weight of an instance for all clients')
    .argument('<instance>', INSTANCE, readInstance)
    .argument('<n>', `from 0 to ${MAX_WEIGHT}; 100 is usual`, readWeight)
    .action((instance: string, weight: number) =>
      run((invocation) => setWeight(invocation, instance, weight)),
    );
}

async function setWeight(invocation: Invocation, name: string, weight: number): Promise<void> {
  const { registry } = invocation;
  const { service, id } = await find(registry, name, registered);
  await registry.overrides.set(service, id, { weight });
  print(invocation, { service, id, weight }, () => [`${service}/${id} has weight ${weight} now.`]);
}

async function undrain(invocation: Invocation, name: string): Promise<void> {
  const { registry } = invocation;
  const { service, id } = await find(registry, name, overridden);
  await registry.overrides.remove(service, id);
  print(invocation, { service, id }, () => [`${service}/${id} has its own weight again.`]);
}

type IdsOf = (registry: Registry, service: string) => Promise<readonly string[]>;

const registered: IdsOf = async (registry, service) =>
  (await currentSnapshot(registry, service)).instances.map(({ id }) => id);

/** Instances with an override, including those that are no longer registered. */
const overridden: IdsOf = async (registry, service) =>
  (await registry.overrides.list(service)).map(({ id }) => id);

async function find(registry: Registry, name: string, idsOf: IdsOf): Promise<Found> {
  const slash = name.indexOf('/');
  const services = slash < 0 ? await registry.services() : [name.slice(0, slash)];
  const id = name.slice(slash + 1);
  const found = await Promise.all(
    services.map(async (service) => ({ service, ids: await idsOf(registry, service) })),
  );
  const [service, second] = found.flatMap((each) => (each.ids.includes(id) ? each.service : []));
  if (service === undefined) {
    const what = idsOf === registered ? 'is registered' : 'has an overridden weight';
    const ids = found.flatMap((each) => each.ids);
    const [named = name] = services;
    const meant =
      slash > 0 && ids.length === 0
        ? await otherServices(registry, named)
        : didYouMean(id, ids, 'Others there are');
    throw new NothingFoundError(`No instance ${name} ${what}.${meant}`);
  }
  if (second !== undefined) {
    throw new UsageError(
      `${id} is an instance of ${service} and of ${second}: give <service>/<id>.`,
    );
  }
  return { service, id };
}

import type { Registry } from '@grpc-discovery/registry';
import type { Command } from 'commander';
import { NothingFoundError, UsageError } from '../errors.js';
import { print, type Invocation, type Run } from '../invocation.js';
import { currentSnapshot } from '../snapshots.js';

/** An instance as it is named on the command line. */
interface Found {
  readonly service: string;
  readonly id: string;
}

const INSTANCE = 'its id, or <service>/<id>';

/** `drain`, `undrain` and `weight`: the weight that clients use for an instance, set from outside. */
export function addWeights(program: Command, run: Run): void {
  program
    .command('drain')
    .description('no new calls for an instance, whatever it does itself')
    .argument('<instance>', INSTANCE)
    .action((instance: string) => run((invocation) => setWeight(invocation, instance, 0)));
  program
    .command('undrain')
    .description('gives an instance its own weight back')
    .argument('<instance>', INSTANCE)
    .action((instance: string) => run((invocation) => undrain(invocation, instance)));
  program
    .command('weight')
    .description('the weight that clients use for an instance')
    .argument('<instance>', INSTANCE)
    .argument('<n>', 'from 0 to 65535; 100 is usual')
    .action((instance: string, n: string) =>
      run((invocation) => setWeight(invocation, instance, toWeight(n))),
    );
}

function toWeight(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new UsageError(`<n> must be an integer from 0 to 65535, but is ${JSON.stringify(text)}.`);
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

/** Those whose weight is set, as far as they are not there any more, too. */
const overridden: IdsOf = async (registry, service) =>
  (await registry.overrides.list(service)).map(({ id }) => id);

async function find(registry: Registry, name: string, idsOf: IdsOf): Promise<Found> {
  const slash = name.indexOf('/');
  const services = slash < 0 ? await registry.services() : [name.slice(0, slash)];
  const id = name.slice(slash + 1);
  const holders = await Promise.all(
    services.map(async (service) =>
      (await idsOf(registry, service)).includes(id) ? [service] : [],
    ),
  );
  const [service, second] = holders.flat();
  if (service === undefined) {
    const what = idsOf === registered ? 'is registered' : 'has a weight set from outside';
    throw new NothingFoundError(`No instance ${name} ${what}.`);
  }
  if (second !== undefined) {
    throw new UsageError(
      `${id} is an instance of ${service} and of ${second}: give <service>/<id>.`,
    );
  }
  return { service, id };
}

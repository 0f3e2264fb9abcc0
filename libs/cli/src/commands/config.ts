import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { assertServiceConfig } from '@grpc-discovery/balancing';
import type { Registry } from '@grpc-discovery/registry';
import type { Command } from 'commander';
import { readService } from '../arguments.js';
import { NothingFoundError, UsageError } from '../errors.js';
import { print, type Invocation, type Run } from '../invocation.js';
import { fileTrouble, valueOption } from '../option-values.js';
import { publishedConfig } from '../published-config.js';
import { otherServices } from '../snapshots.js';

/** `config get|set|rm`: the service config that a service publishes. */
export function addConfig(program: Command, run: Run): void {
  const config = program
    .command('config')
    .description(
      'show or set the gRPC service config of a service: policy, timeouts, retries; clients apply it at once',
    );
  config
    .command('get')
    .argument('<service>', 'its name', readService)
    .action((service: string) => run((invocation) => get(invocation, service)));
  config
    .command('set')
    .argument('<service>', 'its name', readService)
    .argument('[json]', 'the config; without it, it is read from --file')
    .addOption(valueOption('-f, --file <path>', 'a file that holds it; - for the standard input'))
    .action((service: string, json: string | undefined, { file }: { file?: string }) =>
      run(async (invocation) => set(invocation, service, await given(json, file))),
    );
  config
    .command('rm')
    .argument('<service>', 'its name', readService)
    .action((service: string) => run((invocation) => remove(invocation, service)));
}

async function get({ registry, output }: Invocation, service: string): Promise<void> {
  const state = await publishedConfig(registry, service);
  if (state.kind !== 'published') throw await notPublished(registry, service);
  output.line(JSON.stringify(state.config, undefined, 2));
}

async function set(invocation: Invocation, service: string, json: string): Promise<void> {
  const config = parse(json);
  assertServiceConfig(json);
  const { registry, output } = invocation;
  const isKnown = await isRegistered(registry, service);
  await registry.configs.publish(service, config);
  print(invocation, { service, config }, () => [`The config of ${service} is published.`]);
  if (isKnown) return;
  const others = await otherServices(registry, service);
  output.note(
    `No instance of ${service} is registered yet; clients will use the config once there is one.${others}`,
  );
}

async function remove(invocation: Invocation, service: string): Promise<void> {
  const { registry } = invocation;
  const { kind } = await publishedConfig(registry, service);
  if (kind !== 'published') throw await notPublished(registry, service);
  await registry.configs.remove(service);
  print(invocation, { service }, () => [`The config of ${service} is removed.`]);
}

async function given(json: string | undefined, file: string | undefined): Promise<string> {
  if ((json === undefined) === (file === undefined)) {
    throw new UsageError('Give the config either as <json> or with --file.');
  }
  if (json !== undefined) return json;
  if (file === undefined || file === '-') return text(process.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(
      `--file must name a file that holds the config, but ${file} ${fileTrouble(error)}.`,
      {
        cause: error,
      },
    );
  }
}

function parse(json: string): object {
  try {
    const config: unknown = JSON.parse(json);
    if (typeof config === 'object' && config !== null) return config;
  } catch {
    // Said below.
  }
  throw new UsageError('The config must be a JSON object, such as {"loadBalancingConfig":[]}.');
}

async function notPublished(registry: Registry, service: string): Promise<NothingFoundError> {
  const isKnown = await isRegistered(registry, service);
  const others = isKnown ? '' : await otherServices(registry, service);
  return new NothingFoundError(`No config of ${service} is published.${others}`);
}

/** Whether anything is stored for a service; true if this user may not read it. */
async function isRegistered(registry: Registry, service: string): Promise<boolean> {
  const names = await registry.services().catch(() => [service]);
  return names.includes(service);
}

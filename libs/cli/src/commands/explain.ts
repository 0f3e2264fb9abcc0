import { setTimeout as delay } from 'node:timers/promises';
import {
  describeChannel,
  explainCall,
  type CallExplanation,
  type ChannelDescription,
} from '@grpc-discovery/balancing';
import type { InstanceOverride, Snapshot } from '@grpc-discovery/registry';
import type { Command } from 'commander';
import { readMethodPath, readService } from '../arguments.js';
import { openChannel } from '../channel.js';
import { counted } from '@grpc-discovery/registry/options';
import { print, type Invocation, type Run } from '../invocation.js';
import { callTrouble, connectionCause } from '../instance-trouble.js';
import { valueOption } from '../option-values.js';
import { paint, type Output } from '../output.js';
import { publishedConfig } from '../published-config.js';
import { weightText } from '../snapshot-tables.js';
import { noteBroken, snapshotWithInstances } from '../snapshots.js';
import { table } from '../table.js';

/** How long to wait for connections to the instances, in milliseconds. */
const CONNECT_MS = 3_000;
/** Time for a connected instance to report its health. */
const HEALTH_MS = 200;

export function addExplain(program: Command, run: Run): void {
  program
    .command('explain')
    .description('show how a client sees a service: connect to its instances as a client does')
    .argument('<service>', 'its name', readService)
    .addOption(
      valueOption(
        '-m, --method <path>',
        'explain a call of this rpc, such as /package.Service/Method',
        readMethodPath,
      ),
    )
    .action((service: string, { method = '/' }: { method?: string }) =>
      run((invocation) => explain(invocation, service, method)),
    );
}

async function explain(invocation: Invocation, service: string, method: string): Promise<void> {
  const { registry, warnings, output } = invocation;
  const snapshot = await snapshotWithInstances(registry, service);
  const [config, overrides] = await Promise.all([
    publishedConfig(registry, service),
    registry.overrides.list(service),
  ]);
  const problems: string[] = [];
  const open = openChannel(invocation, service, ({ message }) => problems.push(message));
  try {
    const channel = await settled(() => {
      open.client.getChannel().getConnectivityState(true);
      return describeChannel(open.options);
    });
    const call = explainCall(open.options, { method });
    const described = registry.describe().services.find((each) => each.service === service);
    const value = {
      service,
      source: described?.source,
      revision: snapshot.revision,
      stalenessMs: described?.stalenessMs,
      instances: snapshot.instances.map((instance) => ({
        ...instance,
        ownWeight: snapshot.registeredWeights?.get(instance.id) ?? instance.weight,
        ...endpointOf(channel, instance.id),
      })),
      overrides,
      config: config.kind === 'published' ? config.config : null,
      policy: call?.policy,
      choice: call?.choice,
      problems: [...new Set([...problems, ...warnings])],
    };
    print(invocation, value, () => [
      `${paint(output, 'bold', service)}: ${counted(snapshot.instances.length, 'instance')}, revision ${snapshot.revision}, ` +
        `confirmed ${Math.round(value.stalenessMs ?? 0)} ms ago, from ${value.source}`,
      '',
      ...instanceRows(output, snapshot, channel),
      '',
      `published config: ${config.kind === 'published' ? JSON.stringify(config.config) : 'none'}`,
      `policy: ${call?.policy ?? 'none yet'}`,
      choiceText(call, invocation),
      ...goneOverrides(snapshot, overrides),
      ...value.problems.map((text) => paint(output, 'yellow', text)),
    ]);
    noteBroken(invocation, [snapshot]);
  } finally {
    open.client.close();
  }
}

function endpointOf(channel: ChannelDescription | undefined, id: string) {
  const endpoint = channel?.endpoints.find(({ instanceId }) => instanceId === id);
  const reason = endpoint?.reason;
  return {
    status: endpoint?.status ?? 'unknown',
    reason: reason === undefined ? undefined : connectionCause(reason),
  };
}

function instanceRows(
  output: Output,
  snapshot: Snapshot,
  channel: ChannelDescription | undefined,
): string[] {
  const rows = snapshot.instances.map((instance) => {
    const { status, reason } = endpointOf(channel, instance.id);
    const painted = paint(output, status === 'ready' ? 'green' : 'yellow', status);
    return [
      instance.id,
      instance.address,
      weightText(snapshot, instance),
      instance.version || '-',
      instance.locality.zone || '-',
      painted,
      reason ?? '',
    ];
  });
  return table([['INSTANCE', 'ADDRESS', 'WEIGHT', 'VERSION', 'ZONE', 'STATUS', 'REASON'], ...rows]);
}

function choiceText(call: CallExplanation | undefined, { security }: Invocation): string {
  switch (call?.choice.kind) {
    case 'instance':
      return `the next call would go to ${call.choice.instanceId} at ${call.choice.address}`;
    case 'fails':
      return `the next call would fail: ${callTrouble(call.choice.details, security)}`;
    case 'waits':
    case undefined:
      return 'the next call would wait: instances are being connected to';
  }
}

function goneOverrides({ instances }: Snapshot, overrides: readonly InstanceOverride[]): string[] {
  const ids = new Set(instances.map(({ id }) => id));
  return overrides
    .filter(({ id }) => !ids.has(id))
    .map(({ id, weight }) => `weight ${weight} is set for ${id}, which is not registered`);
}

/** The channel once no instance is being connected to any more, or after a bound. */
async function settled(
  describe: () => ChannelDescription | undefined,
): Promise<ChannelDescription | undefined> {
  const deadline = performance.now() + CONNECT_MS;
  while (performance.now() < deadline) {
    const { endpoints, counts } = describe() ?? { endpoints: [], counts: undefined };
    if (endpoints.length > 0 && counts?.connecting === 0) break;
    await delay(20);
  }
  await delay(HEALTH_MS);
  return describe();
}

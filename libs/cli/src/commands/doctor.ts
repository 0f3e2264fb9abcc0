import {
  createEtcdRegistry,
  surveyEtcd,
  type ServiceInstance,
  type Snapshot,
} from '@grpc-discovery/registry';
import type { Command } from 'commander';
import { counted } from '@grpc-discovery/registry/options';
import { AGENT_VARIABLE, agentOption, givenAgent } from '../agent/agent-state.js';
import { checkAddress } from '../doctor/address-check.js';
import { checkAgent } from '../doctor/agent-check.js';
import { checkEndpoints } from '../doctor/endpoints-check.js';
import { hint, problem, type Finding } from '../doctor/finding.js';
import { checkInstance } from '../doctor/instance-check.js';
import { checkKeys } from '../doctor/keys-check.js';
import { checkService } from '../doctor/service-check.js';
import type { Environment } from '../environment.js';
import { CommandFailedError } from '../errors.js';
import { print, type Invocation, type Run } from '../invocation.js';
import { paint, type Output } from '../output.js';
import { publishedConfig } from '../published-config.js';
import { allSnapshots } from '../snapshots.js';
import { table } from '../table.js';

/** How many instances are checked at the same time. */
const AT_ONCE = 20;

export function addDoctor(program: Command, run: Run, env: Environment): void {
  program
    .command('doctor')
    .description('find problems: etcd, keys, values, unreachable instances')
    .addOption(agentOption(`also check an agent, by its status address (env ${AGENT_VARIABLE})`))
    .action(({ agent }: { readonly agent?: string }) =>
      run((invocation) => doctor(invocation, givenAgent(agent, env))),
    );
}

async function doctor(invocation: Invocation, agent: string | undefined): Promise<void> {
  const { registry, etcd, output, warnings } = invocation;
  const findings =
    registry.describe().kind === 'etcd' ? await checkEndpoints(etcd, createEtcdRegistry) : [];
  // Throws if no endpoint answers or permits reads: nothing else can be checked then.
  const snapshots = await allSnapshots(registry).catch((error: unknown) => {
    if (findings.length === 0) throw error;
    report(invocation, findings);
    throw new CommandFailedError('', { cause: error });
  });
  findings.push(...(await storeFindings(invocation)));
  for (const snapshot of snapshots) findings.push(...(await serviceFindings(invocation, snapshot)));
  findings.push(...[...new Set(warnings)].map((text) => problem('value', text)));
  const instances = snapshots.flatMap((snapshot) => snapshot.instances);
  findings.push(...instances.flatMap((instance) => checkAddress(instance, etcd)));
  findings.push(...(await instanceFindings(invocation, instances)));
  if (agent !== undefined) findings.push(...(await checkAgent(agent)));
  if (instances.length === 0) {
    findings.push(hint('instance', 'no instance is registered'));
  }
  report(invocation, findings);
  const problems = findings.filter(({ level }) => level === 'problem').length;
  if (problems === 0) return;
  if (!invocation.json)
    output.note(
      `${problems} of ${counted(findings.length, 'finding')} ${problems === 1 ? 'is a problem' : 'are problems'}.`,
    );
  throw new CommandFailedError('');
}

async function storeFindings({ registry, etcd }: Invocation): Promise<Finding[]> {
  const { kind, namespace } = registry.describe();
  if (kind !== 'etcd') return [];
  try {
    return checkKeys(await surveyEtcd(etcd), namespace);
  } catch {
    return [
      hint(
        'keys',
        'this user may not read the whole store: other namespaces and layouts were not checked',
      ),
    ];
  }
}

async function serviceFindings({ registry }: Invocation, snapshot: Snapshot): Promise<Finding[]> {
  const { service } = snapshot;
  const [overrides, config] = await Promise.all([
    registry.overrides.list(service),
    publishedConfig(registry, service),
  ]);
  return checkService(snapshot, overrides, config, new Date());
}

async function instanceFindings(
  { security }: Invocation,
  instances: readonly ServiceInstance[],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (let i = 0; i < instances.length; i += AT_ONCE) {
    const some = instances.slice(i, i + AT_ONCE);
    findings.push(...(await Promise.all(some.map((each) => checkInstance(each, security)))));
  }
  return findings;
}

const STYLES = { ok: 'green', hint: 'yellow', problem: 'red' } as const;

function report(invocation: Invocation, findings: readonly Finding[]): void {
  const { output } = invocation;
  print(invocation, findings, () => table(findings.map((finding) => row(output, finding))));
}

function row(output: Output, { level, subject, text }: Finding): string[] {
  return [paint(output, STYLES[level], level), subject, text];
}

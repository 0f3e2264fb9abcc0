import { printable } from '@grpc-discovery/registry';
import { counted } from '@grpc-discovery/registry/options';
import type { Command } from 'commander';
import {
  agentOption,
  type AgentStream,
  agentState,
  AGENT_VARIABLE,
  conditionOf,
  DEFAULT_AGENT,
} from '../agent/agent-state.js';
import type { Environment } from '../environment.js';
import { print } from '../invocation.js';
import { paint, type Output } from '../output.js';
import { table } from '../table.js';

/** `agent state`: the clients of an agent. It needs no registry. */
export function addAgent(
  program: Command,
  { output, env }: { readonly output: Output; readonly env: Environment },
): void {
  program
    .command('agent')
    .description('inspect an agent, which serves the registry by xDS')
    .command('state')
    .description('list the clients of an agent, and whether they are current')
    .addOption(agentOption())
    .action(async ({ agent }: { readonly agent?: string }) => {
      const url = agent ?? env[AGENT_VARIABLE] ?? DEFAULT_AGENT;
      const state = await agentState(url);
      const { json = false } = program.opts<{ readonly json?: boolean }>();
      print({ json, output }, state, () => [
        `${counted(state.services.length, 'service')}; the registry is ${printable(state.registry.state)}`,
        ...clientTable(output, state.streams),
      ]);
    });
}

function clientTable(output: Output, streams: readonly AgentStream[]): string[] {
  if (streams.length === 0) return ['No client is connected.'];
  const head = ['NODE', 'CLIENT', 'PROTOCOL', 'NAMES', 'STATE'];
  return table([head, ...streams.map((stream) => row(output, stream))]);
}

function row(output: Output, stream: AgentStream): string[] {
  const condition = conditionOf(stream);
  const names = stream.subscriptions.reduce((sum, each) => sum + each.names, 0);
  return [
    printable(stream.nodeId),
    printable(stream.userAgent),
    printable(stream.protocol),
    String(names),
    condition === 'current' ? condition : paint(output, 'red', printable(condition)),
  ];
}

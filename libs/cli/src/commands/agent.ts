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
  givenAgent,
} from '../agent/agent-state.js';
import type { Environment } from '../environment.js';
import { type Invocation, print, type Run } from '../invocation.js';
import { paint, type Output } from '../output.js';
import { table } from '../table.js';

/** `agent state`: the clients of an agent. */
export function addAgent(program: Command, run: Run, env: Environment): void {
  program
    .command('agent')
    .description('inspect an agent, which serves the registry by xDS')
    .command('state')
    .description('list the clients of an agent, and whether they are current')
    .addOption(agentOption(`its status address (env ${AGENT_VARIABLE}; default ${DEFAULT_AGENT})`))
    .action(({ agent }: { readonly agent?: string }) =>
      run((invocation) => showState(invocation, givenAgent(agent, env) ?? DEFAULT_AGENT)),
    );
}

async function showState(invocation: Invocation, url: string): Promise<void> {
  const state = await agentState(url);
  print(invocation, state, () => [
    `${counted(state.services.length, 'service')}; the registry is ${printable(state.registry.state)}`,
    ...clientTable(invocation.output, state.streams),
  ]);
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

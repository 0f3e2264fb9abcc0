import { counted } from '@grpc-discovery/registry/options';
import { agentState, conditionOf } from '../agent/agent-state.js';
import { type Finding, hint, ok, problem } from './finding.js';

/** Checks an agent and its clients. */
export async function checkAgent(url: string): Promise<Finding[]> {
  try {
    const { registry, services, streams } = await agentState(url);
    const findings: Finding[] = [];
    if (registry.state !== 'live') {
      findings.push(
        problem(
          'agent',
          `the agent at ${url} serves the last known services: its registry is ${registry.state}`,
        ),
      );
    }
    for (const stream of streams) {
      const condition = conditionOf(stream);
      if (condition === 'current') continue;
      const text = `client ${stream.nodeId} (${stream.userAgent}) of the agent ${condition}`;
      findings.push(condition.startsWith('refused') ? problem('agent', text) : hint('agent', text));
    }
    const summary = `the agent at ${url} serves ${counted(services.length, 'service')} to ${counted(streams.length, 'client')}`;
    return findings.length > 0 ? findings : [ok('agent', summary)];
  } catch (error) {
    return [problem('agent', (error as Error).message)];
  }
}

import { plainCause, printable } from '@grpc-discovery/registry';
import type { Option } from 'commander';
import type { Environment } from '../environment.js';
import { CommandFailedError, UsageError } from '../errors.js';
import { type Given, givenBy, valueOption } from '../option-values.js';

/** The variable that names an agent. */
export const AGENT_VARIABLE = 'DISCOVERY_AGENT';
export const DEFAULT_AGENT = 'http://127.0.0.1:18001';

/** Longest wait for an agent, in milliseconds. */
const ANSWER_MS = 5_000;

/** The part of an agent's `/state` that the command line shows. */
export interface AgentState {
  readonly registry: { readonly state: string };
  readonly services: readonly string[];
  readonly streams: readonly AgentStream[];
}

/** A client of an agent. */
export interface AgentStream {
  readonly nodeId: string;
  readonly userAgent: string;
  readonly protocol: string;
  readonly peer: string;
  readonly isBlocked: boolean;
  readonly subscriptions: readonly AgentSubscription[];
}

export interface AgentSubscription {
  readonly type: string;
  readonly names: number;
  readonly versionSent: string;
  readonly versionAcked: string;
  readonly lastNack?: { readonly message: string };
}

/** The option that names an agent. */
export function agentOption(description: string): Option {
  return valueOption('--agent <url>', description, agentUrl);
}

/** The address of an agent by the option, or else by the variable. @throws UsageError */
export function givenAgent(option: string | undefined, env: Environment): string | undefined {
  if (option !== undefined) return option;
  const given = givenBy(undefined, '--agent', env, AGENT_VARIABLE);
  return given && agentUrl(given);
}

function agentUrl({ value, source }: Given): string {
  if (/^https?:\/\//.test(value) && URL.canParse(value)) return value;
  throw new UsageError(
    `${source} must be a url such as ${DEFAULT_AGENT}, but is ${JSON.stringify(value.slice(0, 100))}.`,
  );
}

/**
 * The state of an agent.
 * @param url Its `--status`, such as `http://127.0.0.1:18001`.
 * @throws CommandFailedError if no agent answers there
 */
export async function agentState(url: string): Promise<AgentState> {
  try {
    const response = await fetch(new URL('/state', url), {
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const state: unknown = response.ok ? await response.json() : undefined;
    if (isAgentState(state)) return state;
    throw new Error('the answer is not the state of an agent');
  } catch (cause) {
    // The error of fetch says only that it failed.
    const { message } = ((cause as Error).cause ?? cause) as Error;
    throw new CommandFailedError(
      `An agent should answer at ${printable(url)}, but none does: ${printable(plainCause(message))}. ` +
        'Check that it runs, and its --status.',
      { cause },
    );
  }
}

/** What a person wants to know of a client: whether it has the newest resources. */
export function conditionOf({ subscriptions, isBlocked }: AgentStream): string {
  const refused = subscriptions.find(({ lastNack }) => lastNack);
  if (refused?.lastNack) return `refused ${kindOf(refused)}: ${refused.lastNack.message}`;
  if (isBlocked) return 'does not read';
  const behind = subscriptions.find(
    ({ versionSent, versionAcked }) => versionSent !== versionAcked,
  );
  return behind ? `has not acknowledged ${kindOf(behind)}` : 'current';
}

/** `Cluster`, of `type.googleapis.com/envoy.config.cluster.v3.Cluster`. */
export function kindOf({ type }: AgentSubscription): string {
  return type.slice(type.lastIndexOf('.') + 1);
}

function isAgentState(value: unknown): value is AgentState {
  const { registry, services, streams } = (value ?? {}) as Partial<AgentState>;
  const isState = typeof registry?.state === 'string' && Array.isArray(services);
  return isState && Array.isArray(streams) && streams.every(isStream);
}

function isStream(value: unknown): value is AgentStream {
  const { nodeId, userAgent, protocol, subscriptions } = (value ?? {}) as Partial<AgentStream>;
  const texts: unknown[] = [nodeId, userAgent, protocol];
  if (texts.some((text) => typeof text !== 'string') || !Array.isArray(subscriptions)) return false;
  return subscriptions.every((each: unknown) => {
    const { type, names } = (each ?? {}) as Partial<AgentSubscription>;
    return typeof type === 'string' && typeof names === 'number';
  });
}

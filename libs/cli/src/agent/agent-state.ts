import { plainCause, printable } from '@grpc-discovery/registry';
import { valueOption } from '../option-values.js';
import { CommandFailedError, UsageError } from '../errors.js';

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

export const agentOption = () =>
  valueOption(
    '--agent <url>',
    `status address of an agent (env ${AGENT_VARIABLE}; default ${DEFAULT_AGENT})`,
  );

/**
 * The state of an agent.
 * @param url Its `--status`, such as `http://127.0.0.1:18001`.
 * @throws UsageError for an invalid url; CommandFailedError if no agent answers there
 */
export async function agentState(url: string): Promise<AgentState> {
  const base = urlOf(url);
  try {
    const response = await fetch(new URL('/state', base), {
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const state: unknown = response.ok ? await response.json() : undefined;
    if (isAgentState(state)) return state;
    throw new Error('the answer is not the state of an agent');
  } catch (cause) {
    const { message } = cause as Error;
    throw new CommandFailedError(
      `An agent should answer at ${printable(base.href)}, but none does: ${printable(plainCause(message))}. ` +
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

function urlOf(url: string): URL {
  const isUrl = /^https?:\/\//.test(url) && URL.canParse(url);
  if (isUrl) return new URL(url);
  throw new UsageError(
    `--agent must be a url such as ${DEFAULT_AGENT}, but is ${JSON.stringify(url.slice(0, 100))}.`,
  );
}

function isAgentState(value: unknown): value is AgentState {
  const { registry, services, streams } = (value ?? {}) as Partial<AgentState>;
  return typeof registry?.state === 'string' && Array.isArray(services) && Array.isArray(streams);
}

import type { EtcdRegistryOptions, Registry } from '@grpc-discovery/registry';
import type { InstanceSecurity } from './instance-security.js';
import type { Output } from './output.js';

/** What one run of a command works with. */
export interface Invocation {
  readonly registry: Registry;
  /** How the registry is reached. */
  readonly etcd: EtcdRegistryOptions;
  /** How instances are connected to. */
  readonly security: InstanceSecurity;
  readonly output: Output;
  readonly json: boolean;
  /** Aborted when the user ends a continuous command, for example with Ctrl-C. */
  readonly signal: AbortSignal;
  /** Warnings of the registry, such as unreadable entries; grows while the command runs. */
  readonly warnings: readonly string[];
}

/** Runs the action of a command with a registry that is closed afterwards. */
export type Run = (action: (invocation: Invocation) => Promise<void>) => Promise<void>;

/** Prints a result: as JSON with `--json`, else as lines. */
export function print(
  { json, output }: Pick<Invocation, 'json' | 'output'>,
  value: unknown,
  lines: () => readonly string[],
): void {
  if (json) return output.line(JSON.stringify(value, undefined, output.isTerminal ? 2 : 0));
  for (const line of lines()) output.line(line);
}

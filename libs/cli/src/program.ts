import {
  createEtcdRegistry,
  type EtcdRegistryOptions,
  type Registry,
  type RegistryLogger,
} from '@grpc-discovery/registry';
import { Command } from 'commander';
import { addAgent } from './commands/agent.js';
import { addCall } from './commands/call.js';
import { addConfig } from './commands/config.js';
import { addDoctor } from './commands/doctor.js';
import { addExplain } from './commands/explain.js';
import { addList } from './commands/list.js';
import { addWeights } from './commands/weight.js';
import { CommandFailedError } from './errors.js';
import { ExitCode, exitCodeOf } from './exit-codes.js';
import { interruptedCode, untilInterrupted } from './interrupt.js';
import type { Run } from './invocation.js';
import { paint, type Output } from './output.js';
import type { Environment } from './environment.js';
import { addInstanceTlsOptions, instanceSecurity } from './instance-security.js';
import { addGlobalOptions, registryOptions, type GlobalOptions } from './registry-options.js';
import { ownVersion } from './version.js';

/** The environment of the command line; specs replace it. */
export interface Surroundings {
  readonly output: Output;
  readonly env: Environment;
  readonly signal: AbortSignal;
  /** @default createEtcdRegistry */
  readonly openRegistry?: (options: EtcdRegistryOptions, logger: RegistryLogger) => Registry;
}

/** Runs one command line, without the program's own name; returns the exit code. Never rejects. */
export async function runProgram(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  const { output, signal } = surroundings;
  try {
    await createProgram(surroundings).parseAsync(args, { from: 'user' });
    return signal.aborted ? interruptedCode(signal) : ExitCode.ok;
  } catch (error) {
    if (signal.aborted) return interruptedCode(signal);
    const code = exitCodeOf(error);
    const isTold = error instanceof CommandFailedError && error.message === '';
    // Commander has already printed its message.
    if (!isTold && !isCommanders(error)) {
      output.note(`${paint(output, 'red', 'error:')} ${messageOf(error)}`);
    }
    return code;
  }
}

/** All commands, options and what is checked of them. */
export function createProgram(surroundings: Surroundings): Command {
  const { output } = surroundings;
  const program = new Command('grpc-discovery')
    .description('Inspects and controls the registry of gRPC Discovery')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.line(text.trimEnd()),
      writeErr: (text) => output.note(text.trimEnd()),
    })
    .configureHelp({ showGlobalOptions: true })
    .version(ownVersion(), '-V, --version', 'print the version of this program')
    .showHelpAfterError('(grpc-discovery --help shows the usage)');
  addGlobalOptions(program);
  addInstanceTlsOptions(program);
  const run: Run = (action) => withRegistry(program.opts(), surroundings, action);
  for (const add of [addList, addExplain, addWeights, addConfig, addDoctor, addCall, addAgent]) {
    add(program, run, surroundings.env);
  }
  return program;
}

async function withRegistry(
  given: GlobalOptions,
  { output, env, signal, openRegistry = createEtcdRegistry }: Surroundings,
  action: Parameters<Run>[0],
): Promise<void> {
  const etcd = registryOptions(given, env);
  const security = instanceSecurity(given, env);
  const warnings: string[] = [];
  const ignore = () => undefined;
  const logger = { info: ignore, warn: (text: string) => void warnings.push(text), error: ignore };
  const registry = openRegistry(etcd, logger);
  try {
    const json = given.json ?? false;
    await untilInterrupted(
      signal,
      action({ registry, etcd, security, output, json, signal, warnings }),
    );
  } finally {
    await registry.close();
  }
}

function isCommanders(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('commander.');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

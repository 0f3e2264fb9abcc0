import { InvalidPolicyError } from '@grpc-discovery/balancing';
import {
  InvalidOptionError,
  RegistryRefusedError,
  RegistryUnreachableError,
} from '@grpc-discovery/registry';
import { CommanderError } from 'commander';
import { CommandFailedError, NothingFoundError, UsageError } from './errors.js';

/** Exit codes of the command, documented in docs/cli.md. */
export const ExitCode = {
  ok: 0,
  /** The command failed, or doctor found a problem. */
  failed: 1,
  /** The command line, or a file or value that it names, is invalid. */
  usage: 2,
  nothingFound: 3,
  registryUnreachable: 4,
  registryRefused: 5,
} as const;

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  if (error instanceof UsageError) return ExitCode.usage;
  if (error instanceof InvalidOptionError || error instanceof InvalidPolicyError)
    return ExitCode.usage;
  if (error instanceof NothingFoundError) return ExitCode.nothingFound;
  if (error instanceof RegistryUnreachableError) return ExitCode.registryUnreachable;
  if (error instanceof RegistryRefusedError) return ExitCode.registryRefused;
  if (error instanceof CommandFailedError && error.cause !== undefined) {
    return exitCodeOf(error.cause);
  }
  return ExitCode.failed;
}

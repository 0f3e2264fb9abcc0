import { durationMsForm, isDurationMs } from '@grpc-discovery/balancing';
import { load, type PackageDefinition } from '@grpc/proto-loader';
import { status, type Client, type ServiceError } from '@grpc/grpc-js';
import type { Command } from 'commander';
import { assertFields, findRpc } from '../call/find-rpc.js';
import { loaderOptions } from '../call/loader-options.js';
import { makeCall } from '../call/make-call.js';
import { reflectedContract } from '../call/reflected-contract.js';
import { openChannel } from '../channel.js';
import { CommandFailedError, UsageError } from '../errors.js';
import type { Invocation, Run } from '../invocation.js';
import { snapshotWithInstances } from '../snapshots.js';

interface CallOptions {
  readonly proto?: string;
  readonly include?: readonly string[];
  readonly timeoutMs: string;
}

interface CallArguments extends CallOptions {
  readonly service: string;
  readonly method: string;
  readonly json: string;
}

export function addCall(program: Command, run: Run): void {
  program
    .command('call')
    .description(
      'one call, balanced as those of any client; the contract is asked for by reflection',
    )
    .argument('<service>')
    .argument('<method>', 'as package.Service/Method, or Method where only one has it')
    .argument('[json]', 'the request', '{}')
    .option('--proto <file>', 'the contract, for servers without reflection')
    .option('--include <folder...>', 'where the files that it imports are')
    .option('--timeout-ms <n>', 'deadline of the call', '10000')
    .action((service: string, method: string, json: string, options: CallOptions) =>
      run((invocation) => call(invocation, { ...options, service, method, json })),
    );
}

async function call(invocation: Invocation, given: CallArguments): Promise<void> {
  const { registry, output } = invocation;
  const request = parse(given.json);
  const timeoutMs = Number(given.timeoutMs);
  if (!isDurationMs(timeoutMs)) {
    throw new UsageError(`--timeout-ms must be ${durationMsForm()}, but is ${given.timeoutMs}.`);
  }
  await snapshotWithInstances(registry, given.service);
  const { client } = openChannel(invocation, given.service);
  try {
    const deadline = new Date(Date.now() + timeoutMs);
    const rpc = findRpc(await contractOf(client, given, deadline), given.method);
    assertFields(rpc, request);
    await makeCall(client, rpc, request, deadline, (message) =>
      output.line(JSON.stringify(message, undefined, output.isTerminal ? 2 : 0)),
    );
  } catch (error) {
    if (!isServiceError(error)) throw error;
    throw new CommandFailedError(`${status[error.code]}: ${error.details}`);
  } finally {
    client.close();
  }
}

async function contractOf(
  client: Client,
  { service, method, proto, include }: CallArguments,
  deadline: Date,
): Promise<PackageDefinition> {
  if (proto !== undefined) {
    return load(proto, { ...loaderOptions, ...(include && { includeDirs: [...include] }) }).catch(
      (error: unknown) => {
        throw new UsageError(`${proto} can't be used: ${(error as Error).message}.`);
      },
    );
  }
  const [rpcService, rpc] = method.replace(/^\//, '').split('/');
  try {
    return await reflectedContract(client, rpc === undefined ? undefined : rpcService, deadline);
  } catch (error) {
    if (!isServiceError(error) || error.code !== status.UNIMPLEMENTED) throw error;
    throw new CommandFailedError(
      `${service} does not tell its contract: it has no reflection. Give it by --proto <file>.`,
    );
  }
}

function parse(json: string): object {
  try {
    const request: unknown = JSON.parse(json);
    if (typeof request === 'object' && request !== null && !Array.isArray(request)) return request;
  } catch {
    // Said below.
  }
  throw new UsageError('<json> must be a JSON object, such as {"name":"you"}.');
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error;
}

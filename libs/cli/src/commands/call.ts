import { MAX_DURATION_MS } from '@grpc-discovery/balancing';
import type { PackageDefinition } from '@grpc/proto-loader';
import { status, type Client, type ServiceError } from '@grpc/grpc-js';
import { Option, type Command } from 'commander';
import { assertFields, findRpc } from '../call/find-rpc.js';
import { contractIn } from '../call/contract-file.js';
import { makeCall, type CallBounds } from '../call/make-call.js';
import { reflectedContract } from '../call/reflected-contract.js';
import { readService } from '../arguments.js';
import { openChannel } from '../channel.js';
import { CommandFailedError, UsageError } from '../errors.js';
import type { Invocation, Run } from '../invocation.js';
import { callTrouble } from '../instance-trouble.js';
import { notEmpty, readNumber, valueArgument, valueOption } from '../option-values.js';
import { snapshotWithInstances } from '../snapshots.js';

interface CallOptions {
  readonly proto?: string;
  readonly include?: readonly string[];
  readonly timeoutMs: number;
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
      'make one call, balanced like those of any client; the contract is read by reflection',
    )
    .argument('<service>', 'its name', readService)
    .argument(
      '<method>',
      'package.Service/Method, or Method if it is unique',
      valueArgument('<method>'),
    )
    .argument('[json]', 'the request', '{}')
    .addOption(valueOption('--proto <file>', 'contract, for servers without reflection'))
    .addOption(
      new Option('--include <folder...>', 'where the files that it imports are').argParser(
        addFolder,
      ),
    )
    .addOption(
      valueOption('--timeout-ms <n>', 'deadline of the call', (given) =>
        readNumber(given, 1, MAX_DURATION_MS),
      ).default(10_000),
    )
    .action((service: string, method: string, json: string, options: CallOptions) =>
      run((invocation) => call(invocation, { ...options, service, method, json })),
    );
}

function addFolder(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, notEmpty({ value, source: '--include' }).value];
}

async function call(invocation: Invocation, given: CallArguments): Promise<void> {
  const { registry, output, signal } = invocation;
  const request = parse(given.json);
  if (given.include && given.proto === undefined)
    throw new UsageError('--include needs --proto <file>: give both.');
  await snapshotWithInstances(registry, given.service);
  const { client } = openChannel(invocation, given.service);
  try {
    const bounds = { deadline: new Date(Date.now() + given.timeoutMs), signal };
    const rpc = findRpc(await contractOf(client, given, bounds), given.method);
    assertFields(rpc, request);
    await makeCall(client, rpc, request, bounds, (message) =>
      output.line(JSON.stringify(message, undefined, output.isTerminal ? 2 : 0)),
    );
  } catch (error) {
    if (!isServiceError(error)) throw error;
    const why = callTrouble(error.details, invocation.security);
    throw new CommandFailedError(`${status[error.code]}: ${why}`, { cause: error });
  } finally {
    client.close();
  }
}

async function contractOf(
  client: Client,
  { service, method, proto, include }: CallArguments,
  bounds: CallBounds,
): Promise<PackageDefinition> {
  if (proto !== undefined) return contractIn(proto, include);
  const [rpcService, rpc] = method.replace(/^\//, '').split('/');
  try {
    return await reflectedContract(client, rpc === undefined ? undefined : rpcService, bounds);
  } catch (error) {
    if (!isServiceError(error) || error.code !== status.UNIMPLEMENTED) throw error;
    throw new CommandFailedError(
      `${service} has no reflection to read its contract from. Give the contract with --proto <file>.`,
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

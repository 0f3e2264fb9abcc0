#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { DataFileError, PortInUseError } from '../embedded-etcd.errors.js';
import { EmbeddedEtcd } from '../embedded-etcd.js';
import { type EtcdVersion, etcdVersions, isEtcdVersion } from '../version-rules.js';

interface ServeCommand {
  readonly kind: 'serve';
  readonly port: number;
  readonly dataFile: string | undefined;
  readonly version: EtcdVersion;
}

/** What the command line asks for. */
type CommandLine =
  ServeCommand | { readonly kind: 'help' } | { readonly kind: 'wrong'; readonly reason: string };

/** etcd's default port. */
const etcdPort = 2379;

const usage = `Usage: embedded-etcd [--port <port>] [--data <file>] [--etcd <version>]

Serves etcd's v3 gRPC API on 127.0.0.1, for development and tests.

  --port <port>     port to listen on; 0 for any free one (default: ${etcdPort})
  --data <file>     file that keeps the data (default: none, the data ends with the process)
  --etcd <version>  line of etcd to behave like: ${etcdVersions.join(', ')} (default: 3.6)
  --help            print this text
`;

/** @param args without the program's own name. */
function parseCommandLine(args: readonly string[]): CommandLine {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: String(etcdPort) },
        data: { type: 'string' },
        etcd: { type: 'string', default: '3.6' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    const port = Number(values.port);
    const isPort = /^\d+$/.test(values.port) && port <= 65_535;
    if (!isPort) return { kind: 'wrong', reason: `--port takes 0 … 65535, not '${values.port}'` };
    if (values.data === '') return { kind: 'wrong', reason: '--data takes the name of a file' };
    const { etcd: version } = values;
    if (!isEtcdVersion(version)) {
      return {
        kind: 'wrong',
        reason: `--etcd takes one of ${etcdVersions.join(', ')}, not '${version}'`,
      };
    }
    return { kind: 'serve', port, dataFile: values.data, version };
  } catch (error) {
    return { kind: 'wrong', reason: (error as Error).message };
  }
}

const commandLine = parseCommandLine(process.argv.slice(2));

switch (commandLine.kind) {
  case 'help':
    process.stdout.write(usage);
    break;
  case 'wrong':
    process.stderr.write(`embedded-etcd: ${commandLine.reason}\n\n${usage}`);
    process.exitCode = 2;
    break;
  case 'serve':
    await serve(commandLine);
}

async function serve({ port, dataFile, version }: ServeCommand): Promise<void> {
  try {
    const etcd = await EmbeddedEtcd.start({ port, dataFile, version });
    process.stdout.write(`${etcd.hosts.join(',')}\n`);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop(etcd));
  } catch (error) {
    fail(error);
  }
}

/** The process ends once nothing is open; a second signal ends it at once. */
function stop(etcd: EmbeddedEtcd): void {
  etcd.stop().catch(fail);
}

function fail(error: unknown): void {
  const isExplained = error instanceof PortInUseError || error instanceof DataFileError;
  process.stderr.write(`embedded-etcd: ${isExplained ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

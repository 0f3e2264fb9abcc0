#!/usr/bin/env node
import { EmbeddedEtcd } from '../embedded-etcd.js';
import { DataFileError, PortInUseError } from '../embedded-etcd.errors.js';
import { parseCommandLine, usage, type ServeCommand } from './command-line.js';

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

/** The process ends by itself once nothing is open; a second signal ends it at once. */
function stop(etcd: EmbeddedEtcd): void {
  etcd.stop().catch(fail);
}

function fail(error: unknown): void {
  const isExplained = error instanceof PortInUseError || error instanceof DataFileError;
  process.stderr.write(`embedded-etcd: ${isExplained ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

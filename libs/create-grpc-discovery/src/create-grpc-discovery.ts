#!/usr/bin/env node
import { create } from './create.js';

const USAGE = `Usage: npm create grpc-discovery <folder>

Makes a workspace of the Nest CLI in a new folder: a gRPC service "greeter" that registers in etcd, a gateway that calls it,
their specs, a compose file, and an etcd in process for development.

  --help   prints this
`;

const [target, ...others] = process.argv.slice(2);
if ([target, ...others].some((it) => it === '--help' || it === '-h')) {
  process.stdout.write(USAGE);
} else if (target === undefined) {
  fail(`Name the folder of the new workspace.\n\n${USAGE}`);
} else {
  const unknown = [target, ...others].find((it) => it.startsWith('-')) ?? others[0];
  if (unknown !== undefined) {
    fail(
      `There is one argument, the folder, and no option but --help; got "${unknown}".\n\n${USAGE}`,
    );
  }
  try {
    process.stdout.write(create(target));
  } catch (error) {
    fail(`${(error as Error).message}\n`);
  }
}

function fail(text: string): never {
  process.stderr.write(text);
  process.exit(1);
}

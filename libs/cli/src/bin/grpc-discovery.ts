#!/usr/bin/env node
import { exitCodeOfSignal } from '../interrupt.js';
import { processOutput } from '../output.js';
import { runProgram } from '../program.js';

/** How long leftovers of a command may keep the process alive, in milliseconds. */
const LEFT_OVERS_MS = 1_000;

// The reader of the output, such as `head`, closed it.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') process.exit(exitCodeOfSignal('SIGPIPE'));
    if (stream === process.stdout)
      process.stderr.write(`error: the output can't be written: ${message}\n`);
    process.exit(1);
  });
}

const ending = new AbortController();
// A second signal ends the process at once.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => ending.abort(signal));

// A registry keeps no process alive, but a command that waits for it must.
const alive = setInterval(() => undefined, 60_000);
process.exitCode = await runProgram(process.argv.slice(2), {
  output: processOutput(process),
  env: process.env,
  signal: ending.signal,
});
clearInterval(alive);
// The interrupted command may still be running.
if (ending.signal.aborted) process.exit();
// grpc-js keeps the socket of a TLS handshake that an instance does not answer, and with it the process.
setTimeout(() => process.exit(), LEFT_OVERS_MS).unref();

#!/usr/bin/env node
import { run } from './program.js';

const ended = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
});

// A closed pipe for the log must not end the agent.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

process.exitCode = await run(process.argv.slice(2), {
  logger: {
    info: (message) => void process.stderr.write(`${message}\n`),
    warn: (message) => void process.stderr.write(`${message}\n`),
  },
  password: process.env.ETCD_PASSWORD,
  print: (text) => void process.stdout.write(`${text}\n`),
  untilEnd: () => ended,
});

import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@grpc-discovery/test-support';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EmbeddedEtcd } from '../embedded-etcd.js';
import { b } from '../spec/bytes.js';
import { RawClient } from '../spec/raw-client.js';

const packageDir = fileURLToPath(new URL('../..', import.meta.url));
const command = join(packageDir, 'dist/bin/embedded-etcd.js');

interface Run {
  readonly child: ChildProcess;
  out: string;
  err: string;
}

describe('the command embedded-etcd', () => {
  const running: ChildProcess[] = [];

  const run = (...args: string[]): Run => {
    const child = spawn(process.execPath, [command, ...args]);
    running.push(child);
    const result: Run = { child, out: '', err: '' };
    child.stdout.on('data', (text) => (result.out += String(text)));
    child.stderr.on('data', (text) => (result.err += String(text)));
    return result;
  };
  const exitCode = async ({ child }: Run) => {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
    return child.exitCode ?? child.signalCode;
  };
  const url = (process: Run) => until('it says where it serves', () => process.out.trim());

  beforeAll(() => {
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    execFileSync(process.execPath, [tsc, '-b', packageDir]);
  });

  afterEach(() => {
    for (const child of running.splice(0)) child.kill('SIGKILL');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'serves until %s, and then ends in order',
    async (signal) => {
      const etcd = run('--port', '0');
      const client = new RawClient(await url(etcd));
      await client.expect('LeaseGrant', { TTL: 60 });
      const stream = client.open('Watch');
      stream.send({ create_request: { key: b('a') } });
      await stream.next();

      etcd.child.kill(signal);
      expect(await exitCode(etcd)).toBe(0);
      expect(etcd.err).toBe('');
      client.close();
    },
  );

  it('keeps the data in the file it is given', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'embedded-etcd-'));
    const args = ['--port', '0', '--data', join(folder, 'data')];
    const first = run(...args);
    const writer = new RawClient(await url(first));
    await writer.expect('Put', { key: b('a'), value: b('1') });
    first.child.kill('SIGTERM');
    await exitCode(first);

    const second = run(...args);
    const reader = new RawClient(await url(second));
    expect(await reader.expect('Range', { key: b('a') })).toMatchObject({
      kvs: [{ value: b('1') }],
    });
    second.child.kill('SIGTERM');
    await exitCode(second);
    for (const client of [writer, reader]) client.close();
    rmSync(folder, { recursive: true });
  });

  it('says in one line that the port is in use', async () => {
    const other = await EmbeddedEtcd.start();
    const { port } = new URL(other.hosts[0]!);
    const etcd = run('--port', port);
    expect(await exitCode(etcd)).toBe(1);
    expect(etcd.err).toMatch(
      new RegExp(`^embedded-etcd: Port ${port} of 127.0.0.1 is in use[^\\n]*\\n$`),
    );
    await other.stop();
  });

  it.each([
    [['--port', 'http'], "--port takes 0 … 65535, not 'http'"],
    [['--port', '65536'], "--port takes 0 … 65535, not '65536'"],
    [['--data', ''], '--data takes the name of a file'],
    [['--verbose'], "Unknown option '--verbose'"],
    [['extra'], 'extra'],
  ])('prints its usage and exits with 2 for %j', async (args, reason) => {
    const etcd = run(...args);
    expect(await exitCode(etcd)).toBe(2);
    expect(etcd.err).toContain(reason);
    expect(etcd.err).toContain('Usage: embedded-etcd');
  });

  it('prints its usage when asked', async () => {
    const etcd = run('--help');
    expect(await exitCode(etcd)).toBe(0);
    expect(etcd.out).toMatch(/^Usage: embedded-etcd/);
  });
});

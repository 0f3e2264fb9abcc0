import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedEtcd } from '@grpc-discovery/embedded-etcd';
import { greeterProto } from '@grpc-discovery/proto';
import { createEtcdRegistry, type Registry } from '@grpc-discovery/registry';
import { Server, ServerCredentials, type sendUnaryData } from '@grpc/grpc-js';
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { root } from './markdown-samples.js';

interface Step {
  readonly command: string;
  readonly output: string;
}

/** Commands of a block marked `console`, and what stands below each. */
function steps(block: string): Step[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const end = text.indexOf('\n');
      return { command: text.slice(0, end), output: text.slice(end + 1).trim() };
    });
}

/** What differs from run to run, and means nothing. */
function settled(output: string): string {
  return output
    .replaceAll(/127\.0\.0\.1:\d{4,5}\b/g, '127.0.0.1:50051')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '2026-01-01T00:00:00.000Z')
    .replaceAll(/\b\d+ ms\b/g, '12 ms')
    .replaceAll(/go to greeter-\d/g, 'go to greeter-1')
    .trim();
}

const page = readFileSync(join(root, 'docs/cli.md'), 'utf8');
const blocks = [...page.matchAll(/^```console\n(.*?)^```$/gms)];

describe('docs/cli.md', () => {
  let folder: string;
  let etcd: EmbeddedEtcd;
  let registry: Registry;
  const servers: Server[] = [];

  beforeAll(async () => {
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    execFileSync(process.execPath, [tsc, '-b', join(root, 'libs/cli')]);
    folder = mkdtempSync(join(tmpdir(), 'cli-page-'));
    const program = join(root, 'libs/cli/dist/bin/grpc-discovery.js');
    writeFileSync(
      join(folder, 'grpc-discovery'),
      `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`,
    );
    chmodSync(join(folder, 'grpc-discovery'), 0o755);
    etcd = await EmbeddedEtcd.start();
    registry = createEtcdRegistry({ hosts: etcd.hosts });
    for (const id of ['greeter-1', 'greeter-2']) {
      const { server, address } = await serve();
      servers.push(server);
      await registry.registrar
        .register({
          id,
          service: 'greeter',
          address,
          version: '1.0.0',
          weight: 100,
          locality: { region: 'eu', zone: 'eu-1', subZone: '' },
          metadata: {},
          startedAt: new Date().toISOString(),
        })
        .whenRegistered();
    }
  });
  afterAll(async () => {
    for (const server of servers) server.forceShutdown();
    await registry.close();
    await etcd.stop();
    rmSync(folder, { recursive: true });
  });

  /** A greeter with reflection. */
  async function serve(): Promise<{ server: Server; address: string }> {
    const contract = loadSync(greeterProto.protoPath, greeterProto.loader);
    const server = new Server();
    server.addService(contract['helloworld.Greeter'] as ServiceDefinition, {
      SayHello: ({ request }: { request: { name: string } }, reply: sendUnaryData<object>) =>
        reply(null, { message: `Hello ${request.name}`, instanceId: 'greeter-1' }),
    });
    new ReflectionService(contract).addToServer(server);
    const port = await promisify<string, ServerCredentials, number>(server.bindAsync.bind(server))(
      '127.0.0.1:0',
      ServerCredentials.createInsecure(),
    );
    return { server, address: `127.0.0.1:${port}` };
  }

  /** Runs the commands of a block by one shell, what they say about results included. */
  async function run(commands: readonly string[]): Promise<string[]> {
    const separator = '\x1e';
    const script = commands.map((each) => `${each}\nlast=$?; printf '\\036'; (exit $last)`);
    const { stdout } = await promisify(execFile)('sh', ['-c', `exec 2>&1\n${script.join('\n')}`], {
      timeout: 110_000,
      env: {
        ...process.env,
        PATH: [folder, process.env.PATH].join(delimiter),
        ETCD_HOSTS: etcd.hosts.join(','),
      },
    }).catch((error: unknown) => error as { stdout: string });
    return stdout.split(separator).slice(0, commands.length);
  }

  it('shows what its commands print, from its first block to its last', async () => {
    expect(blocks).toHaveLength(7);
    for (const [, body = ''] of blocks) {
      const expected = steps(body);
      const printed = await run(expected.map(({ command }) => command));
      const actual = expected.map(({ command }, i) => ({
        command,
        output: settled(printed[i] ?? ''),
      }));
      expect(actual).toEqual(expected);
    }
  });
});

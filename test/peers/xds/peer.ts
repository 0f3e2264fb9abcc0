import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type ControlPlaneTls, envoyBootstrap, grpcBootstrap } from '@grpc-discovery/xds';
import { until } from '@grpc-discovery/test-support';
import { Client, credentials, status } from '@grpc/grpc-js';
import type { XdsClient } from '../../../libs/xds/src/spec/client-contract.js';
import type { Answers, CallOrder } from '../../../libs/xds/src/spec/grpc-js-client.js';

const PYTHON_PROGRAM = `
import collections, grpc, json, sys
channels = {}
def call(service, wait):
    if service not in channels:
        channels[service] = grpc.insecure_channel('xds:///' + service)
    method = channels[service].unary_unary('/lab.Echo/Call')
    try:
        return method(b'', timeout=20, wait_for_ready=wait).decode()
    except grpc.RpcError as error:
        return error.code().name
for line in sys.stdin:
    order = json.loads(line)
    answers = collections.Counter(call(order['service'], order.get('waitForReady', True)) for _ in range(order['count']))
    print(json.dumps(answers), flush=True)
`;

/** gRPC's C core, by its package for Python. */
export function startPython(python: string, port: number): Promise<XdsClient> {
  return startProgram(python, ['-c', PYTHON_PROGRAM], port);
}

/** @param program The built client of grpc-go. */
export function startGo(program: string, port: number): Promise<XdsClient> {
  return startProgram(program, [], port);
}

/** A program that reads an order of calls per line, and prints the answers as a line of JSON. */
async function startProgram(program: string, args: string[], port: number): Promise<XdsClient> {
  const bootstrap = grpcBootstrap({ controlPlane: `127.0.0.1:${port}`, nodeId: 'spec' });
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...process.env,
      GRPC_XDS_BOOTSTRAP_CONFIG: JSON.stringify(bootstrap),
      GRPC_ENABLE_FORK_SUPPORT: '0',
    },
  });
  const lines = createInterface(child.stdout);
  await once(child, 'spawn');
  return {
    calls: async (order) => {
      const answer = once(lines, 'line');
      child.stdin.write(`${JSON.stringify(order)}\n`);
      const [line] = (await answer) as [string];
      return JSON.parse(line) as Answers;
    },
    stop: () => ended(child),
  };
}

/** Envoy as a central balancer, called by a client without xDS. */
export async function startEnvoy(
  binary: string,
  port: number,
  ingress: number,
  tls?: ControlPlaneTls,
): Promise<XdsClient> {
  const folder = await mkdtemp(join(tmpdir(), 'envoy-'));
  const file = join(folder, 'envoy.json');
  const options = { controlPlane: `127.0.0.1:${port}`, nodeId: 'envoy', ...(tls && { tls }) };
  await writeFile(file, JSON.stringify(envoyBootstrap(options)));
  const flags = ['--concurrency', '1', '--use-dynamic-base-id', '--log-level', 'error'];
  const child = spawn(binary, ['-c', file, ...flags], { stdio: ['ignore', 'inherit', 'inherit'] });
  await once(child, 'spawn');
  const clients = new Map<string, Client>();
  const dial = (service: string) => {
    const known = clients.get(service);
    if (known) return known;
    const client = new Client(`127.0.0.1:${ingress}`, credentials.createInsecure(), {
      'grpc.default_authority': service,
    });
    clients.set(service, client);
    return client;
  };
  const calls = async ({ service, count }: CallOrder): Promise<Answers> => {
    const answers: Record<string, number> = {};
    for (let i = 0; i < count; i++) {
      const answer = await call(dial(service));
      answers[answer] = (answers[answer] ?? 0) + 1;
    }
    return answers;
  };
  const isReady = async () => !('UNAVAILABLE' in (await calls({ service: 'none', count: 1 })));
  await until('Envoy listens', isReady);
  return {
    calls,
    stop: async () => {
      for (const client of clients.values()) client.close();
      await ended(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function call(client: Client): Promise<string> {
  const bytes = (it: Buffer) => it;
  const options = { deadline: Date.now() + 20_000 };
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      '/lab.Echo/Call',
      bytes,
      bytes,
      Buffer.alloc(0),
      options,
      (error, reply) => resolve(error ? (status[error.code] ?? 'UNKNOWN') : String(reply)),
    );
  });
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

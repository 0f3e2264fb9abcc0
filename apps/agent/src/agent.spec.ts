import { EmbeddedEtcd } from '@grpc-discovery/embedded-etcd';
import { createEtcdRegistry, type Registry } from '@grpc-discovery/registry';
import { until } from '@grpc-discovery/test-support';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { linkSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Backend } from '../../../libs/xds/src/spec/backends.js';
import { type Answers, GrpcJsClient } from '../../../libs/xds/src/spec/grpc-js-client.js';
import { Agent } from './agent.js';

const backends = [new Backend('a'), new Backend('b'), new Backend('c')] as const;
const [a, b, c] = backends;
const folder = mkdtempSync(join(tmpdir(), 'agent-'));
const snapshot = join(folder, 'state', 'services.json');

let etcd: EmbeddedEtcd;
let services: Registry;
let agent: Agent;
let client: GrpcJsClient;
let logs: string[];

const connect = () => createEtcdRegistry({ hosts: [...etcd.hosts], leaseTtlSeconds: 5 });

function createAgent(listen = '127.0.0.1:0'): Agent {
  const log = (message: string) => void logs.push(message);
  const options = {
    listen,
    status: { host: '127.0.0.1', port: 0 },
    ingress: { host: '127.0.0.1', port: 0 },
    snapshot,
    tls: undefined,
  };
  return new Agent(connect(), options, { info: log, warn: log });
}

const register = async ({ name, port }: Backend, extra: { weight?: number } = {}) => {
  const address = `127.0.0.1:${port}`;
  const registration = services.registrar.register({
    service: 'greeter',
    id: name,
    address,
    ...extra,
  });
  await registration.whenRegistered();
  return registration;
};

const calls = (count: number, waitForReady = true): Promise<Answers> =>
  client.calls({ service: 'greeter', count, waitForReady });

/** Calls until exactly these answer; none of the calls may fail. */
const reaches = (...names: string[]) =>
  until(`calls reach ${names.join(' and ')}`, async () => {
    const answers = Object.keys(await calls(12));
    expect(answers.filter((answer) => answer.length > 1)).toEqual([]);
    return answers.sort().join() === names.join();
  });

beforeAll(() => Promise.all(backends.map((backend) => backend.start())));

afterAll(() => {
  for (const backend of backends) backend.stop();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  logs = [];
  rmSync(snapshot, { force: true });
  etcd = await EmbeddedEtcd.start();
  services = connect();
  agent = createAgent();
});

afterEach(async () => {
  await agent.close();
  await services.close();
  await etcd.stop();
});

describe('An agent', () => {
  beforeEach(async () => {
    await agent.start();
    client = await GrpcJsClient.start(agent.port!);
  });

  afterEach(() => client.stop());

  it('gives three instances equal shares', async () => {
    await Promise.all(backends.map((backend) => register(backend)));
    await reaches('a', 'b', 'c');
    expect(await calls(30)).toEqual({ a: 10, b: 10, c: 10 });
  });

  it('loses no call as an instance leaves, and it returns to its share', async () => {
    await register(a);
    const leaving = await register(b);
    await reaches('a', 'b');
    await leaving.deregister();
    await reaches('a');
    await register({ ...b, name: 'b2', port: b.port } as Backend);
    expect(await reaches('a', 'b')).toBe(true);
  });

  it('lets calls go on while etcd is down, and heals by itself when etcd is back empty', async () => {
    await register(a);
    await register(b);
    await reaches('a', 'b');
    await etcd.stop();
    expect(await calls(20)).toEqual({ a: 10, b: 10 });
    etcd = await EmbeddedEtcd.start({ port: Number(new URL(etcd.hosts[0]!).port) });
    await register(c);
    expect(await reaches('a', 'b', 'c')).toBe(true);
  });

  it('fails calls without instances at once, or lets them wait', async () => {
    expect(await calls(1, false)).toEqual({ UNAVAILABLE: 1 });
    const waiting = calls(1);
    await register(a);
    expect(await waiting).toEqual({ a: 1 });
  });

  it('applies overrides of weights that the command line sets', async () => {
    await register(a);
    await register(b);
    await reaches('a', 'b');
    await services.overrides.set('greeter', 'b', { weight: 0 });
    expect(await reaches('a')).toBe(true);
  });

  it('applies the published policy', async () => {
    await register(a);
    await register(b);
    const config = { loadBalancingConfig: [{ least_request: { choiceCount: 2 } }] };
    await services.configs.publish('greeter', config);
    expect(await reaches('a', 'b')).toBe(true);
  });

  it('warns once of instances that xDS clients can not call', async () => {
    await register(a);
    services.registrar.register({ service: 'greeter', id: 'named', address: 'greeter.internal:1' });
    await until('it warns', () => logs.some((line) => line.includes('not an IP address')));
    await register(b);
    await reaches('a', 'b');
    const warnings = logs.filter((line) => line.includes('greeter.internal:1'));
    expect(warnings).toEqual([
      expect.stringMatching(
        /^xDS clients can't call 1 instance of service "greeter": greeter.internal:1/,
      ),
    ]);
  });

  it('shows its state, its health and its metrics', async () => {
    await register(a);
    await reaches('a');
    const get = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${agent.statusPort}${path}`);
      return { code: response.status, text: await response.text() };
    };
    expect(await get('/healthz')).toEqual({ code: 200, text: 'ok\n' });
    expect(JSON.parse((await get('/state')).text)).toMatchObject({
      registry: { state: 'live' },
      services: ['greeter'],
      statistics: { streamsOpen: 1, nacks: 0 },
      streams: [{ nodeId: 'spec', protocol: 'sotw' }],
    });
    const { text } = await get('/metrics');
    expect(text).toContain('grpc_discovery_agent_streams 1');
    expect(text).toContain('grpc_discovery_agent_registry_up 1');
    expect((await get('/other')).code).toBe(404);
  });
});

describe('An agent on a unix socket', () => {
  const path = join(folder, 'xds.sock');
  afterEach(() => client.stop());

  it('serves clients, also after one that was killed left its socket behind', async () => {
    const killed = createServer().listen(path);
    await once(killed, 'listening');
    // Node removes the socket of a server that it closes: a copy of the name stays, as after a kill.
    linkSync(path, `${path}.left`);
    killed.close();
    await once(killed, 'close');
    renameSync(`${path}.left`, path);
    await agent.close();
    agent = createAgent(`unix:${path}`);
    await agent.start();
    expect(agent.port).toBeUndefined();
    client = await GrpcJsClient.start(`unix:${path}`);
    await register(a);
    expect(await calls(3)).toEqual({ a: 3 });
  });

  it('does not take the socket of a running one', async () => {
    await agent.close();
    agent = createAgent(`unix:${path}`);
    await agent.start();
    client = await GrpcJsClient.start(`unix:${path}`);
    const second = createAgent(`unix:${path}`);
    await expect(second.start()).rejects.toThrow(`Another process listens at ${path}`);
    await second.close();
    await register(b);
    expect(await calls(3)).toEqual({ b: 3 });
  });
});

describe('An agent that starts while etcd is down', () => {
  afterEach(() => client.stop());

  it('serves the services of its last run, and follows etcd when it is back', async () => {
    await agent.start();
    await register(a);
    await until('the snapshot is written', () => {
      try {
        return readFileSync(snapshot, 'utf8').includes('"greeter"');
      } catch {
        return false;
      }
    });
    await agent.close();
    await etcd.stop();
    agent = createAgent();
    await agent.start();
    expect(logs.join('\n')).toContain('serving 1 service of the last run');
    client = await GrpcJsClient.start(agent.port!);
    expect(await calls(3)).toEqual({ a: 3 });
    await etcd.restart();
    await register(b);
    expect(await reaches('a', 'b')).toBe(true);
  });

  it('does not listen before it has a first list', async () => {
    await etcd.stop();
    let isStarted = false;
    const started = agent.start().then(() => (isStarted = true));
    client = await GrpcJsClient.start(1);
    expect(isStarted).toBe(false);
    expect(agent.port).toBeUndefined();
    const health = () => fetch(`http://127.0.0.1:${agent.statusPort}/healthz`);
    await until('the status pages are there', () => agent.statusPort);
    expect((await health()).status).toBe(503);
    await etcd.restart();
    await started;
    expect((await health()).status).toBe(200);
    expect(agent.port).toBeGreaterThan(0);
  });
});

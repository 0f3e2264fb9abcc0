import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { EmbeddedEtcd } from '@grpc-discovery/embedded-etcd';
import { createEtcdRegistry, type Registry, type ServiceInstance } from '@grpc-discovery/registry';
import { freePorts, until } from '@grpc-discovery/test-support';
import { Etcd3 } from 'etcd3';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Finding } from '../doctor/finding.js';
import { runProgram } from '../program.js';
import { GreeterServer } from '../spec/greeter-server.js';
import { RecordedOutput } from '../spec/recorded-output.js';

describe('doctor', () => {
  let etcd: EmbeddedEtcd;
  let raw: Etcd3;
  let registry: Registry;
  let server: GreeterServer;
  let hung: Server;

  beforeEach(async () => {
    etcd = await EmbeddedEtcd.start();
    raw = new Etcd3({ hosts: [...etcd.hosts] });
    registry = createEtcdRegistry({ hosts: etcd.hosts });
    server = await GreeterServer.start();
    // Accepts, and never says a word.
    hung = createServer((socket) => socket.unref().on('error', () => undefined));
    hung.listen(0, '127.0.0.1').unref();
    await once(hung, 'listening');
  });
  afterEach(async () => {
    server.stop();
    hung.close();
    raw.close();
    await registry.close();
    await etcd.stop();
  });

  const register = (fields: Partial<ServiceInstance>, by: Registry = registry) =>
    by.registrar
      .register({
        id: 'greeter-1',
        service: 'greeter',
        address: server.address,
        version: '',
        weight: 100,
        locality: { region: '', zone: '', subZone: '' },
        metadata: {},
        startedAt: new Date().toISOString(),
        ...fields,
      })
      .whenRegistered();

  async function doctor(env: Record<string, string> = {}) {
    const output = new RecordedOutput();
    const surroundings = { output, env: { ETCD_HOSTS: etcd.hosts.join(), ...env } };
    const { signal } = new AbortController();
    const code = await runProgram(['doctor', '--json'], { ...surroundings, signal });
    const findings = output.json as Finding[];
    const told = (level: Finding['level']) =>
      findings.filter((each) => each.level === level).map(({ text }) => text);
    return { code, output, problems: told('problem'), hints: told('hint'), ok: told('ok') };
  }

  it('has nothing against a registry whose instance serves', async () => {
    await register({});
    const { code, problems, hints, ok } = await doctor();
    expect({ code, problems }).toEqual({ code: 0, problems: [] });
    expect(hints).toEqual([expect.stringContaining('without a health service')]);
    expect(ok.join()).toContain('answers without a user');
  });

  it('hints at an empty registry, other namespaces, other layouts and keys on no lease', async () => {
    await raw.put('/staging/instances/greeter/a').value('x');
    await raw.put('/services/greeter/a').value('x');
    const { code, hints } = await doctor();
    expect(code).toBe(0);
    expect(hints).toEqual([
      expect.stringContaining('1 key in another namespace, staging: see it with'),
      expect.stringContaining('1 key of another layout, below "/services/"'),
      'no instance is registered',
    ]);
    await raw.put('/discovery/instances/greeter/left').value('x');
    expect((await doctor()).hints.join()).toContain('greeter/left has no lease');
  });

  it('finds instances that nobody can connect to, and those that hang', async () => {
    const [unused] = await freePorts(1);
    const { port } = hung.address() as { port: number };
    await register({ address: `127.0.0.1:${unused}` });
    await register({ id: 'greeter-2', address: `127.0.0.1:${port}` });
    const { code, problems } = await doctor();
    expect(code).toBe(1);
    expect(problems).toEqual([
      expect.stringContaining("can't be connected to"),
      expect.stringContaining('answers no health check'),
    ]);
  });

  it('finds values that can not be read, and configs that clients refuse', async () => {
    await register({});
    await raw.put('/discovery/instances/greeter/x').value('no instance');
    await raw.put('/discovery/overrides/greeter/greeter-1').value('no weight');
    await registry.configs.publish('greeter', { loadBalancingConfig: [{ fastest: {} }] });
    const { code, problems } = await doctor();
    expect(code).toBe(1);
    expect(problems.sort()).toEqual([
      expect.stringContaining('/discovery/instances/greeter/x should hold an instance'),
      expect.stringContaining('/discovery/overrides/greeter/greeter-1 should hold the override'),
      expect.stringContaining('the published config of greeter is not used'),
    ]);
  });

  it('finds a service that is drained as a whole, weights of the gone, and clocks that are ahead', async () => {
    await register({ startedAt: new Date(Date.now() + 60_000).toISOString() });
    await registry.overrides.set('greeter', 'greeter-1', { weight: 0 });
    await registry.overrides.set('greeter', 'gone', { weight: 7 });
    const { code, problems, hints } = await doctor();
    expect(code).toBe(1);
    expect(problems).toEqual([expect.stringContaining('all instances of greeter have weight 0')]);
    expect(hints.join()).toContain('greeter/gone, which is not registered');
    expect(hints.join()).toMatch(/started \d+ s in the future/);
  });

  it('finds two processes with one id', async () => {
    await register({ startedAt: new Date(Date.now() - 1_000).toISOString() });
    const other = createEtcdRegistry({ hosts: etcd.hosts });
    await register({}, other);
    const found = await until('the older process has given way', async () => {
      const { problems } = await doctor();
      return problems.length > 0 && problems;
    });
    expect(found).toEqual([
      expect.stringMatching(
        /^greeter\/greeter-1~[0-9a-f]{8} at \S+ wanted the id greeter-1, which the process at \S+ uses, too: give each/,
      ),
    ]);
    await other.close();
  });

  it.each([
    ['a problem', 90_000, 'problems'],
    ['a hint while the older may have died', 1_000, 'hints'],
  ] as const)('finds instances that share an address: %s', async (_, agoMs, level) => {
    for (const id of ['greeter-1', 'greeter-2', 'greeter-3']) {
      await register({ id, startedAt: new Date(Date.now() - agoMs).toISOString() });
    }
    const found = (await doctor())[level].filter((text) => text.includes('have the address'));
    expect(found).toEqual([
      `greeter/greeter-1, greeter/greeter-2 and 1 more have the address ${server.address}: clients call them as one; give each ` +
        'process a port of its own',
    ]);
  });

  it('tells which endpoint of etcd does not answer, and ends with 4 when none does', async () => {
    const [unused] = await freePorts(1);
    await register({});
    const hosts = `http://127.0.0.1:${unused},${etcd.hosts.join()}`;
    const one = await doctor({ ETCD_HOSTS: hosts });
    expect(one.code).toBe(1);
    expect(one.problems).toEqual([expect.stringContaining(`127.0.0.1:${unused} should answer`)]);
    const none = await doctor({ ETCD_HOSTS: `http://127.0.0.1:${unused}` });
    expect(none.code).toBe(4);
    expect(none.output.notes).toEqual([]);
  });

  it('ends with 5 when etcd refuses the user, without showing the password', async () => {
    await raw.role('root').create();
    await raw.user('root').create('s3cret');
    await raw.user('root').addRole('root');
    await raw.auth.authEnable();
    const { code, output, problems } = await doctor({
      ETCD_USERNAME: 'root',
      ETCD_PASSWORD: 'wr0ng',
    });
    expect(code).toBe(5);
    expect(problems).toHaveLength(1);
    expect(output.text + output.notes.join()).not.toContain('wr0ng');
    expect((await doctor({ ETCD_USERNAME: 'root', ETCD_PASSWORD: 's3cret' })).code).toBe(0);
  });
});

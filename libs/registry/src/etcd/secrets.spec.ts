import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { EtcdServer, TcpProxy, until } from '@grpc-discovery/test-support';
import { describeOnEtcd } from '@grpc-discovery/test-support/jest';
import { Etcd3, Range } from 'etcd3';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { anInstance } from '../spec/instances.js';
import { RawEtcd } from '../spec/raw-etcd.js';
import { RecordedLogger } from '../spec/recorded-logger.js';
import { RecordedWatch } from '../spec/watches.js';
import { createEtcdRegistry } from './etcd-registry.js';

const PASSWORD = 'planted-password';
const METADATA = 'planted-metadata';
/** etcd's simple tokens: 16 letters, a dot and a revision. */
const TOKEN = /\b[A-Za-z]{16}\.\d+/;

describeOnEtcd('secrets', () => {
  let etcd: EtcdServer;
  let proxy: TcpProxy;
  /** As the registry has one. */
  let token: string;
  const said: string[] = [];
  const errors: unknown[] = [];

  /** Everything that may be printed of an error: its own text, what inspect and JSON show, and all its causes. */
  function sayAll(error: unknown): void {
    errors.push(error);
    for (let each = error; each !== undefined && each !== null; each = (each as Error).cause) {
      said.push(String((each as Error).message), String((each as Error).stack), json(each));
      said.push(inspect(each, { depth: Infinity, showHidden: true, getters: true }));
    }
  }

  /** Some causes hold themselves. */
  function json(value: unknown): string {
    const seen = new Set<unknown>();
    return JSON.stringify(value, (_, each: unknown) => {
      if (typeof each !== 'object' || each === null)
        return typeof each === 'bigint' ? String(each) : each;
      if (seen.has(each)) return undefined;
      seen.add(each);
      return each instanceof Error ? { ...each, message: each.message, cause: each.cause } : each;
    });
  }

  beforeAll(async () => {
    etcd = await EtcdServer.start();
    proxy = await TcpProxy.start(etcd.url);
    // Before there are users: such entries may be anybody's.
    const broken = JSON.stringify({ ...anInstance(), weight: -1, metadata: { a: METADATA } });
    await new RawEtcd(etcd.url).putAll([
      ['/discovery/instances/greeter/broken', broken],
      ['/discovery/instances/greeter/cut', broken.slice(0, -1)],
      ['/discovery/instances/greeter/text', JSON.stringify(METADATA)],
      ['/discovery/config/greeter', METADATA],
    ]);
    const client = new Etcd3({ hosts: etcd.url });
    const role = client.role('greeter-only');
    await role.create();
    await role.grant([
      { permission: 'Readwrite', range: Range.prefix('/discovery/instances/greeter/') },
      { permission: 'Readwrite', key: '/discovery/epoch' },
      { permission: 'Read', key: '/discovery/config/greeter' },
    ]);
    await client.role('root').create();
    for (const [name, roleName] of [
      ['greeter', 'greeter-only'],
      ['root', 'root'],
    ] as const) {
      await client.user(name).create(PASSWORD);
      await client.user(name).addRole(roleName);
    }
    await client.auth.authEnable();
    token = (await client.auth.authenticate({ name: 'greeter', password: PASSWORD })).token;
    client.close();
  });
  afterAll(async () => {
    await proxy.stop();
    await etcd.destroy();
  });

  it('stand in no line of the log and in no error, whatever goes wrong', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'snapshots-'));
    const logger = new RecordedLogger();
    const create = (password: string) =>
      createEtcdRegistry(
        {
          hosts: proxy.url,
          leaseTtlSeconds: 5,
          auth: { username: 'greeter', password },
          snapshots: { directory },
        },
        logger,
      );
    const metadata = { a: METADATA };
    const wrong = create(`${PASSWORD}-wrong`);
    const refused = await new RecordedWatch(wrong, 'greeter').untilKind('unavailable');
    sayAll('error' in refused && refused.error);
    await wrong.configs.publish('greeter', { a: METADATA }).catch(sayAll);
    await wrong.close();

    const registry = create(PASSWORD);
    const watch = new RecordedWatch(registry, 'greeter');
    registry.configs.watch('greeter', () => {
      throw new Error('listener');
    });
    await registry.registrar.register(anInstance({ metadata })).whenRegistered();
    await watch.untilIds(['greeter-1']);
    const forbidden = registry.registrar.register(anInstance({ service: 'orders', metadata }));
    forbidden.onStateChange((state) => {
      if ('lastError' in state) sayAll(state.lastError);
    });
    await until('it is refused', () => errors.length >= 3);
    await registry.configs.publish('greeter', { a: METADATA }).catch(sayAll);
    const huge = { a: METADATA.repeat(10_000) };
    for (const each of [{ metadata: huge }, { metadata: { a: [METADATA] as never } }]) {
      try {
        registry.registrar.register(anInstance(each));
      } catch (error) {
        sayAll(error);
      }
    }
    try {
      createEtcdRegistry({ hosts: `http://greeter:${PASSWORD}@etcd` });
    } catch (error) {
      sayAll(error);
    }
    proxy.cut();
    const stale = await watch.untilKind('stale');
    sayAll('error' in stale && stale.error);
    await registry.configs.publish('greeter', { a: METADATA }).catch(sayAll);
    proxy.heal();
    // The token is of no use any more.
    await etcd.restart();
    await watch.untilIds(['greeter-1']);
    await registry.close();

    expect(token).toMatch(TOKEN);
    expect(errors.length).toBeGreaterThanOrEqual(9);
    expect(logger.lines.filter((line) => line.includes('should hold'))).toHaveLength(4);
    for (const line of [...logger.lines, ...said]) {
      expect(line).not.toContain(PASSWORD);
      expect(line).not.toContain(METADATA);
      expect(line).not.toMatch(TOKEN);
    }
    const files = readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8'));
    for (const file of files) expect(file).not.toContain(PASSWORD);
    rmSync(directory, { recursive: true });
  });
});

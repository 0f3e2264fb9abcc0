import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts, until } from '@grpc-discovery/test-support';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { root, tsBlocks } from './markdown-samples.js';

const run = promisify(execFile);
/** What jest and npm set for this workspace must not reach the other one. */
const ownEnvironment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|JEST_)/i.test(name)),
);
const sh = async (cwd: string, line: string, env: Readonly<Record<string, string>> = {}) => {
  const options = { cwd, env: { ...ownEnvironment, ...env }, maxBuffer: 1e8 };
  const { stdout, stderr } = await run('sh', ['-c', line], options);
  return stdout + stderr;
};

interface PackageJson {
  readonly scripts: Record<string, string>;
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as PackageJson;

/** The README's way from an empty folder: its blocks of commands, line by line, and the code that it adds. */
const [way = ''] =
  /^## Five minutes.*?(?=^## )/ms.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? [];
const [making = [], serving = [], asking = []] = [
  ...way.matchAll(/^```console\n(.*?)^```$/gms),
].map(([, block = '']) => block.trimEnd().split('\n'));

const PACKAGES = ['registry', 'balancing', 'nestjs', 'embedded-etcd', 'cli', 'schematics'];

const isReachable = await sh(root, 'npm view jest version --fetch-retries=0').then(
  () => true,
  () => false,
);
const describeStarter = isReachable ? describe : describe.skip;

describeStarter(
  `The README's way from an empty folder${isReachable ? '' : ' (skipped: npm finds no packages)'}`,
  () => {
    let folder: string;
    let shop: string;
    let dev: ChildProcess | undefined;
    let env: Record<'HTTP_PORT' | 'ETCD_PORT', string>;

    const fileOf = (name: string) => {
      const file = readdirSync(folder).find(
        (it) => it.includes(`${name}-0`) && it.endsWith('.tgz'),
      );
      return join(folder, file ?? name);
    };

    /** What npm would find under their names, were they published. */
    const takePackedPackages = () => {
      const path = join(shop, 'package.json');
      const { dependencies, devDependencies, ...manifest } = readJson(path);
      const packed = PACKAGES.map((name) => [
        `@grpc-discovery/${name}`,
        `file:${fileOf(`discovery-${name}`)}`,
      ]);
      const all = { ...dependencies, ...devDependencies, ...Object.fromEntries(packed) };
      writeFileSync(path, JSON.stringify({ ...manifest, dependencies: all }));
    };

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'starter-'));
      shop = join(folder, 'shop');
      const workspaces = [...PACKAGES, 'create-grpc-discovery'].map((name) => `-w libs/${name}`);
      await sh(root, `npm pack ${workspaces.join(' ')} --pack-destination ${folder} --silent`);
      writeFileSync(join(folder, 'package.json'), '{}');
      const tools = [fileOf('schematics'), fileOf('create-grpc-discovery')];
      await sh(folder, `npm install --no-fund --no-audit --no-package-lock ${tools.join(' ')}`);
      const [httpPort, etcdPort] = await freePorts(2);
      env = { HTTP_PORT: String(httpPort), ETCD_PORT: String(etcdPort) };
    }, 300_000);

    afterAll(() => {
      dev?.kill('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    });

    it('makes a workspace, a second service and a client of it', async () => {
      const [create, enter, ...others] = making;
      expect([create, enter]).toEqual(['npm create grpc-discovery shop', 'cd shop']);
      await sh(folder, 'node_modules/.bin/create-grpc-discovery shop');
      takePackedPackages();
      for (const line of others) await sh(shop, line);
      for (const [path, code] of Object.entries(tsBlocks(way))) {
        expect(existsSync(join(shop, path))).toBe(true);
        writeFileSync(join(shop, path), code);
      }
    }, 600_000);

    it('passes the specs of all of them', async () => {
      const [test, start] = serving;
      expect(start).toBe('npm run dev');
      // jest's own 5 s are for a machine that does nothing else.
      const told = await sh(shop, `${test} -- --testTimeout=120000`);
      expect(told).toMatch(/Test Suites: 6 passed, 6 total/);
    }, 300_000);

    it('calls the new service through the gateway, and sees what is running', async () => {
      // A signal would end the shell that npm starts, and not what runs in it.
      expect(readJson(join(shop, 'package.json')).scripts.dev).toBe(
        'tsc -b && node scripts/dev.js',
      );
      dev = spawn(process.execPath, ['scripts/dev.js'], {
        cwd: shop,
        env: { ...ownEnvironment, ...env },
        stdio: 'ignore',
      });
      const exit = once(dev, 'exit');

      const [curl = '', ...others] = asking;
      const url = curl.replace('curl localhost:3000', `http://127.0.0.1:${env.HTTP_PORT}`);
      const reply = await until(
        'the gateway answers',
        async () => {
          const body: unknown = await (await fetch(url)).json();
          expect(body).toMatchObject({ message: 'Hello you' });
          return body as { readonly instanceId: string };
        },
        { timeoutMs: 90_000, everyMs: 100 },
      );

      const etcd = { ETCD_HOSTS: `http://127.0.0.1:${env.ETCD_PORT}` };
      const [list, call] = await Promise.all(others.map((line) => sh(shop, line, etcd)));
      expect(list).toMatch(/^greeter +1 .*\norders +1 /m);
      expect(call).toContain(`"instanceId":"${reply.instanceId}"`);
      dev.kill('SIGTERM');
      expect(await exit).toEqual([0, null]);
    });

    it('begins in no folder that has files, nor under a name that can not be a service', async () => {
      const create = (target: string) =>
        sh(folder, `node_modules/.bin/create-grpc-discovery ${target}`);
      await expect(create('shop')).rejects.toThrow('shop is not empty');
      await expect(create('Shop')).rejects.toThrow('got "Shop"');
    });
  },
);

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts, until } from '@grpc-discovery/test-support';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { root } from './markdown-samples.js';

const run = promisify(execFile);
const npm = async (cwd: string, ...args: string[]) => {
  // What jest and npm set for this workspace must not reach the other one.
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|JEST_)/i.test(name));
  const env = Object.fromEntries(own);
  const { stdout, stderr } = await run('npm', args, { cwd, env, maxBuffer: 1e8 });
  return stdout + stderr;
};

interface PackageJson {
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

const isReachable = await npm(root, 'view', 'jest', 'version', '--fetch-retries=0').then(
  () => true,
  () => false,
);
const describeStarter = isReachable ? describe : describe.skip;

describeStarter(
  `A starter outside this workspace${isReachable ? '' : ' (skipped: npm finds no packages)'}`,
  () => {
    let folder: string;
    let shop: string;
    let dev: ChildProcess | undefined;

    /** Packs every package and makes a starter with the packed command, which then takes the packed ones. */
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'starter-'));
      shop = join(folder, 'shop');
      const names = ['registry', 'balancing', 'nestjs', 'embedded-etcd', 'schematics'];
      const workspaces = [...names, 'create-grpc-discovery'].flatMap((name) => [
        '-w',
        `libs/${name}`,
      ]);
      await npm(root, 'pack', ...workspaces, '--pack-destination', folder, '--silent');
      const packed = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
      const fileOf = (name: string) =>
        join(folder, packed.find((file) => file.includes(`${name}-0`)) ?? name);

      const tools = [fileOf('schematics'), fileOf('create-grpc-discovery')];
      const quiet = ['--no-fund', '--no-audit', '--no-package-lock'];
      writeFileSync(join(folder, 'package.json'), '{}');
      await npm(folder, 'install', ...quiet, ...tools);
      await run(process.execPath, ['node_modules/.bin/create-grpc-discovery', 'shop'], {
        cwd: folder,
      });

      const path = join(shop, 'package.json');
      const { dependencies, devDependencies, ...manifest } = JSON.parse(
        readFileSync(path, 'utf8'),
      ) as PackageJson;
      const family = names.map((name) => [
        `@grpc-discovery/${name}`,
        `file:${fileOf(`discovery-${name}`)}`,
      ]);
      const packedOnes = { ...dependencies, ...devDependencies, ...Object.fromEntries(family) };
      writeFileSync(path, JSON.stringify({ ...manifest, dependencies: packedOnes }));
      await npm(shop, 'install', '--no-fund', '--no-audit');
    }, 600_000);

    afterAll(() => {
      dev?.kill('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    });

    it('builds, and passes its specs, also with a service that was added', async () => {
      const service = ['grpc-service', 'orders', '--project', 'orders'];
      const generate = ['exec', '--', 'nest', 'generate', '-c', '@grpc-discovery/schematics'];
      expect(await npm(shop, ...generate, ...service)).toContain('apps/orders/src/main.ts');
      // jest's own 5 s are for a machine that does nothing else.
      const limit = ['--', '--testTimeout=120000'];
      expect(await npm(shop, 'test', ...limit)).toMatch(/Test Suites: 5 passed, 5 total/);
    }, 300_000);

    it('greets through its gateway, and stops when it is told to', async () => {
      await npm(shop, 'run', 'build');
      const [port] = await freePorts(1);
      const env = { ...process.env, HTTP_PORT: String(port) };
      dev = spawn(process.execPath, ['scripts/dev.js'], { cwd: shop, env, stdio: 'ignore' });
      const exit = once(dev, 'exit');
      const reply = await until(
        'the gateway greets',
        async () => (await fetch(`http://127.0.0.1:${port}/hello/world`)).json(),
        { timeoutMs: 90_000, everyMs: 100 },
      );
      expect(reply).toMatchObject({ message: 'Hello world' });
      dev.kill('SIGTERM');
      expect(await exit).toEqual([0, null]);
    });

    it('is not made in a folder that has files, nor under a name that can not be a service', async () => {
      const create = (target: string) =>
        run(process.execPath, ['node_modules/.bin/create-grpc-discovery', target], { cwd: folder });
      await expect(create('shop')).rejects.toThrow('shop is not empty');
      await expect(create('Shop')).rejects.toThrow('got "Shop"');
    });
  },
);

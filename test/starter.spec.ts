import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts, until } from '@grpc-discovery/test-support';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { root, tsBlocks } from './markdown-samples.js';
import { describeWithNpm, ownEnvironment, sh } from './user-shell.js';

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

describeWithNpm("The README's way from an empty folder", () => {
  let folder: string;
  let shop: string;
  let dev: ChildProcess | undefined;
  let lines = '';
  let env: Record<'HTTP_PORT' | 'ETCD_PORT', string>;

  const fileOf = (name: string) => {
    const file = readdirSync(folder).find((it) => it.includes(`${name}-0`) && it.endsWith('.tgz'));
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
    const told = [];
    for (const line of others) told.push(await sh(shop, line));
    expect(told.join('\n')).not.toContain('EBADENGINE');
    expect(await sh(shop, 'npm run contracts')).toContain('Nothing to be done');
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
    expect(readJson(join(shop, 'package.json')).scripts.dev).toBe('tsc -b && node scripts/dev.js');
    dev = spawn(process.execPath, ['scripts/dev.js'], {
      cwd: shop,
      env: { ...ownEnvironment, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    dev.stdout!.on('data', (chunk) => (lines += String(chunk)));

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
    expect(lines).toContain(`etcd    | listens at ${etcd.ETCD_HOSTS}`);
    expect(lines).toMatch(/^gateway \| .*Try http:\/\/127\.0\.0\.1:\d+\/hello\/world/m);
  }, 300_000);

  it('starts the application again whose code has changed', async () => {
    const path = join(shop, 'apps/greeter/src/greeter.controller.ts');
    writeFileSync(path, readFileSync(path, 'utf8').replace('`Hello ', '`Welcome '));
    await until(
      'the new greeting is heard',
      async () => {
        const body: unknown = await (
          await fetch(`http://127.0.0.1:${env.HTTP_PORT}/hello/you`)
        ).json();
        expect(body).toMatchObject({ message: 'Welcome you' });
        return true;
      },
      { timeoutMs: 90_000, everyMs: 100 },
    );
    expect(lines).toContain('greeter | changed, restarting');
    expect(lines).not.toContain('orders  | has changed');
  }, 120_000);

  it('says in one line that a port is in use', async () => {
    const again = sh(shop, 'node scripts/dev.js', env);
    await expect(again).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^Port \d+ of 127\.0\.0\.1 is in use.*ETCD_PORT.*\n$/),
    });
  }, 60_000);

  it('ends with the exit code of an application that ends by itself, and else with 0', async () => {
    const exit = once(dev!, 'exit');
    writeFileSync(join(shop, 'dist/apps/orders/main.js'), 'process.exit(7);');
    expect(await exit).toEqual([7, null]);
    expect(lines).toContain('orders  | ended unexpectedly with exit code 7');

    await sh(shop, 'npx tsc -b --force');
    lines = '';
    dev = spawn(process.execPath, ['scripts/dev.js'], {
      cwd: shop,
      env: { ...ownEnvironment, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    dev.stdout!.on('data', (chunk) => (lines += String(chunk)));
    const stopped = once(dev, 'exit');
    await until('all is started', () => lines.includes('Try http'), { timeoutMs: 90_000 });
    dev.kill('SIGINT');
    expect(await stopped).toEqual([0, null]);
  }, 300_000);

  it.each([
    ['a folder that has files', 'shop', 'shop is not empty'],
    ['a name that no workspace has', 'new/Shop', 'The name of a workspace is lower case'],
    ['no folder', '', 'Usage: npm create grpc-discovery <folder>'],
    ['a second argument', 'one two', 'got "two"'],
    ['an unknown option', '--force', 'got "--force"'],
    ['a folder in a file', 'package.json/shop', 'is a file, or inside a file'],
  ])('refuses %s, and leaves nothing behind', async (_, args, text) => {
    const create = sh(folder, `node_modules/.bin/create-grpc-discovery ${args}`);
    await expect(create).rejects.toMatchObject({
      stderr: expect.stringContaining(text),
      stdout: '',
    });
    expect(existsSync(join(folder, 'new'))).toBe(false);
  });

  it('begins in a repository without files, and says what it does', async () => {
    mkdirSync(join(folder, 'fresh/.git'), { recursive: true });
    const told = await sh(folder, 'node_modules/.bin/create-grpc-discovery fresh');
    expect(told).toContain('cd fresh');
    expect(await sh(folder, 'node_modules/.bin/create-grpc-discovery --help')).toContain('Usage:');
  });
});

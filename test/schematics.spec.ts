import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { root } from './markdown-samples.js';

const run = promisify(execFile);
const bin = (name: string) => join(root, 'node_modules/.bin', name);

const tsConfig = {
  compilerOptions: {
    module: 'nodenext',
    target: 'es2023',
    strict: true,
    skipLibCheck: true,
    composite: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    types: ['node'],
  },
  files: [],
  references: [],
};
const appModule = `import { Module } from '@nestjs/common';

@Module({ imports: [] })
export class AppModule {}
`;
const allKinds = `syntax = "proto3";
package stock;
import "google/protobuf/timestamp.proto";
service Stock {
  rpc Get (Item) returns (Item) {}
  rpc Watch (Item) returns (stream Item) {}
  rpc Count (stream Item) returns (Item) {}
  rpc Sync (stream Item) returns (stream Item) {}
}
message Item {
  enum State { FREE = 0; TAKEN = 1; }
  string id = 1;
  uint64 count = 2;
  State state = 3;
  google.protobuf.Timestamp at = 4;
  repeated Item parts = 5;
  map<string, bytes> images = 6;
}
`;

/** Inside the workspace, so that its packages are found. */
function workspace(packageJson: object): string {
  mkdirSync(join(root, 'node_modules/.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, 'node_modules/.cache/schematics-'));
  const files = {
    'package.json': JSON.stringify({
      name: 'shop',
      dependencies: { '@nestjs/common': '^12.0.0' },
      jest: { testMatch: ['<rootDir>/dist/**/*.spec.js'] },
      ...packageJson,
    }),
    'nest-cli.json': JSON.stringify({
      monorepo: true,
      projects: { gateway: { sourceRoot: 'apps/gateway/src' } },
    }),
    'tsconfig.json': JSON.stringify({
      ...tsConfig,
      references: [{ path: './apps/gateway/tsconfig.app.json' }],
    }),
    'apps/gateway/tsconfig.app.json': JSON.stringify({
      extends: '../../tsconfig.json',
      compilerOptions: { rootDir: 'src', outDir: '../../dist/apps/gateway' },
      include: ['src'],
      references: [],
    }),
    'apps/gateway/src/app.module.ts': appModule,
    'proto/stock.proto': allKinds,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

describe('schematics, run by the Nest CLI', () => {
  let folder: string | undefined;
  afterEach(() => {
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const generate = async (...args: string[]) => {
    const collection = ['generate', '--collection', '@grpc-discovery/schematics'];
    const { stdout, stderr } = await run(bin('nest'), [...collection, ...args], { cwd: folder });
    return stdout + stderr;
  };

  it.each([
    ['ESM', { type: 'module' }],
    ['CommonJS', {}],
  ])('make a service and clients that compile in a workspace of %s', async (_, packageJson) => {
    folder = workspace(packageJson);
    expect(await generate('grpc-service', 'orders', '--project', 'orders')).toContain(
      'apps/orders/src/main.ts',
    );
    await generate('grpc-client', 'orders', '--project', 'gateway');
    await generate('grpc-client', 'stock', '--project', 'gateway');
    expect(await generate('discovery', '--project', 'gateway')).toContain('Nothing to be done');
    expect(await generate('grpc-contracts', '--project', 'gateway')).toContain(
      'Nothing to be done',
    );
    writeFileSync(join(folder, 'proto/stock.proto'), allKinds.replace('uint64', 'uint32'));
    expect(await generate('grpc-contracts', '--project', 'gateway')).toContain(
      'apps/gateway/src/clients/stock.contract.ts: changed Item, ItemInit.',
    );
    const typecheck = await run(bin('tsc'), ['-b'], { cwd: folder }).catch(
      ({ stdout }: { stdout: string }) => ({ stdout }),
    );
    expect(typecheck.stdout).toBe('');
    expect(existsSync(join(folder, 'dist/apps/orders/main.js'))).toBe(true);
  });

  it('write nothing in a dry run, and say what is wrong with a name', async () => {
    folder = workspace({});
    expect(await generate('grpc-service', 'orders', '--project', 'orders', '--dry-run')).toContain(
      'apps/orders/src/main.ts',
    );
    expect(existsSync(join(folder, 'apps/orders'))).toBe(false);
    expect(await generate('grpc-service', '1st', '--project', 'x')).toContain('got "1st"');
  });

  it.each([
    [
      ['grpc-client', 'orders', '--project', 'gateway'],
      'The contract proto/orders.proto does not exist',
    ],
    [['grpc-client', 'stock', '--project', 'other'], 'nest-cli.json has no project "other"'],
    [['grpc-client', 'stock', '--project', 'gateway', '--crud'], 'has no option --crud'],
    [['grpc-service', 'stock', 'a.proto', '--project', 'x'], 'has no option --path'],
    [['grpc-service', '--project', 'x'], 'grpc-service needs the name of a service'],
    [['grpc-contracts', '--project', 'gateway'], 'There is no *.contract.ts'],
  ])('say what is wrong without a stack trace: %j', async (args, text) => {
    folder = workspace({});
    const told = await generate(...args);
    expect(told).toContain(text);
    expect(told).not.toMatch(/^ +at /m);
  });

  it.each([['--projct'], ['--include']])('refuse %s, by the Nest CLI', async (option) => {
    folder = workspace({});
    await expect(generate('grpc-client', 'stock', option, 'x')).rejects.toThrow(option);
  });

  it("take folders of imports by the Nest CLI's runner", async () => {
    folder = workspace({});
    mkdirSync(join(folder, 'vendor/acme'), { recursive: true });
    const acme = 'syntax = "proto3"; package acme; message A {}';
    writeFileSync(join(folder, 'vendor/acme/a.proto'), acme);
    const proto =
      'syntax = "proto3"; package b; import "acme/a.proto"; service B { rpc X (acme.A) returns (acme.A); }';
    writeFileSync(join(folder, 'proto/b.proto'), proto);
    const args = ['@grpc-discovery/schematics:grpc-client', 'b', '--project', 'gateway'];
    const schematics = (...more: string[]) =>
      run(bin('schematics'), [...args, ...more], { cwd: folder });
    await expect(schematics()).rejects.toThrow('none of the folders proto, .');
    await schematics('--include', 'other', '--include', 'vendor');
    const contract = join(folder, 'apps/gateway/src/clients/b.contract.ts');
    expect(readFileSync(contract, 'utf8')).toContain('// Include folders: other, vendor');
  });

  it("are beside Nest's own in the second collection, whose imports name files", async () => {
    folder = workspace({ type: 'module' });
    const collection = ['--collection', '@grpc-discovery/schematics/nest', '--project', 'gateway'];
    await run(bin('nest'), ['g', 'controller', 'orders', '--flat', ...collection], { cwd: folder });
    await run(bin('nest'), ['g', 'grpc-client', 'stock', ...collection], { cwd: folder });
    const module = readFileSync(join(folder, 'apps/gateway/src/app.module.ts'), 'utf8');
    expect(module).toContain("from './orders.controller.js'");
    expect(module).toContain("from './clients/stock.client.js'");
  });
});

it("are found by angular-devkit's test runner under their names", async () => {
  // In a process of its own: jest can't require the ES modules that the devkit requires.
  const collection = join(root, 'libs/schematics/collection.json');
  const code = `
    import { SchematicTestRunner, UnitTestTree } from '@angular-devkit/schematics/testing/index.js';
    import { Tree } from '@angular-devkit/schematics';
    const runner = new SchematicTestRunner('discovery', ${JSON.stringify(collection)});
    const tree = new UnitTestTree(Tree.empty());
    tree.create('package.json', '{}');
    tree.create('src/app.module.ts', ${JSON.stringify(appModule)});
    const result = await runner.runSchematic('discovery', { name: 'orders' }, tree);
    process.stdout.write(result.readText('src/app.module.ts'));`;
  const args = ['--input-type=module', '--eval', code];
  const { stdout } = await run(process.execPath, args, { cwd: root });
  expect(stdout).toContain("service: { name: 'orders' }");
  const { schematics } = JSON.parse(readFileSync(collection, 'utf8')) as { schematics: object };
  expect(Object.keys(schematics)).toEqual([
    'grpc-service',
    'grpc-client',
    'discovery',
    'grpc-contracts',
  ]);
});

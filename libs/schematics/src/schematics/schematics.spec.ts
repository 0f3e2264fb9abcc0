import { describe, expect, it } from '@jest/globals';
import { MissingNameError, UnknownOptionError } from '../errors.js';
import { monorepo, type MemoryFiles } from '../spec/memory-files.js';
import { discovery, grpcClient, grpcContracts, grpcService } from './schematics.js';
import type { Tree } from './tree-files.js';

type Factory = (options: never) => (tree: Tree, context: object) => void;

const schematics: Readonly<Record<string, Factory>> = {
  'grpc-service': grpcService as Factory,
  'grpc-client': grpcClient as Factory,
  'grpc-contracts': grpcContracts as Factory,
  discovery: discovery as Factory,
};
/** What the Nest CLI adds to what it was asked for. */
const always = {
  collection: '@grpc-discovery/schematics',
  skipImport: false,
  language: 'ts',
  sourceRoot: 'apps/gateway/src',
  spec: true,
  flat: false,
  specFileSuffix: 'spec',
  format: false,
  crud: undefined,
};

function run(schematic: string, files: MemoryFiles, options: object): string[] {
  const told: string[] = [];
  const say = (text: string) => void told.push(text);
  const tree: Tree = {
    exists: (path) => files.read(path) !== undefined,
    readText: (path) => files.read(path) ?? '',
    create: (path, text) => files.write(path, text),
    overwrite: (path, text) => files.write(path, text),
    getDir: (path) => {
      const { files: subfiles, folders } = files.list(path === '/' ? '' : path);
      return { subfiles: [...subfiles], subdirs: [...folders] };
    },
  };
  const context = { logger: { info: say, warn: say } };
  schematics[schematic]!({ ...always, ...options } as never)(tree, context);
  return told;
}

describe('Options of schematics', () => {
  it.each(
    Object.keys(schematics).flatMap((schematic) =>
      ['crud', 'type', 'projct', 'includes', 'serviceName'].map((option) => [schematic, option]),
    ),
  )('that do not exist are refused: %s, %s', (schematic, option) => {
    const files = monorepo();
    const before = files.all;
    const name = schematic === 'grpc-contracts' ? {} : { name: 'orders' };
    const call = () => run(schematic, files, { ...name, [option]: 'x' });
    expect(call).toThrow(UnknownOptionError);
    const kebab = option.replace('N', '-n');
    expect(call).toThrow(`${schematic} has no option --${kebab}; it has --`);
    expect(files.all).toEqual(before);
  });

  it.each([
    ['grpc-service', { path: 'proto/a.proto' }],
    ['discovery', { path: 'x' }],
    ['grpc-contracts', { name: 'orders' }],
  ])('of others are refused by %s: %j', (schematic, option) => {
    const options = schematic === 'grpc-contracts' ? option : { name: 'orders', ...option };
    expect(() => run(schematic, monorepo(), options)).toThrow(UnknownOptionError);
  });

  it.each(['grpc-service', 'grpc-client'])('name the service, or %s says so', (schematic) => {
    expect(() => run(schematic, monorepo(), {})).toThrow(MissingNameError);
  });

  it('choose the application, as the Nest CLI tells it after its question', () => {
    const files = monorepo();
    run('discovery', files, {});
    expect(files.read('apps/gateway/src/app.module.ts')).toContain('DiscoveryModule.forRoot');
  });

  it('leave specs out, or name them', () => {
    const files = monorepo();
    run('grpc-service', files, { name: 'orders', spec: false });
    run('grpc-client', files, { name: 'orders', specFileSuffix: 'test' });
    expect(files.paths.filter((path) => /\.(spec|test)\.ts$/.test(path))).toEqual([
      'apps/gateway/src/clients/orders.client.test.ts',
    ]);
  });

  it('leave the root module as it is', () => {
    const files = monorepo();
    const path = 'apps/gateway/src/app.module.ts';
    const before = files.read(path);
    run('grpc-service', files, { name: 'orders' });
    run('grpc-client', files, { name: 'orders', skipImport: true });
    expect(files.read(path)).toBe(before);
  });

  it('return the remaining steps', () => {
    expect(run('discovery', monorepo(), { name: 'gateway' })).toEqual([
      expect.stringContaining('apps/gateway/src/main.ts is not there'),
    ]);
  });
});

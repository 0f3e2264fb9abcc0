import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { Registry } from '@grpc-discovery/registry';
import { describeRegistryContract } from '../libs/registry/src/spec/registry-contract.js';
import { diagnostics, root, transpiled, tsBlocks } from './markdown-samples.js';
import { foldersOf, walkThrough } from './walk-through.js';

interface Adapter {
  readonly MemoryNamespaces: new () => { open(namespace: string): Registry };
}

const section = walkThrough('Add a registry adapter');
const samples = tsBlocks(section);
const [[path = '', code = ''] = []] = Object.entries(samples);

const cache = join(root, 'node_modules/.cache');
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, 'adapter-'));
const file = join(folder, 'adapter.mjs');
// The same modules as the contract imports, so that errors are of one class.
const sources = pathToFileURL(join(root, 'libs/registry/src')).href;
writeFileSync(
  file,
  transpiled(code).replaceAll(/from '\.\.\/(.*)\.js'/g, `from '${sources}/$1.ts'`),
);
const { MemoryNamespaces } = (await import(file)) as Adapter;
const namespaces = new MemoryNamespaces();

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('The walk-through of a registry adapter, followed', () => {
  it('has an adapter and a spec that compile where they belong', () => {
    expect(Object.keys(samples)).toHaveLength(2);
    expect(path).toBe('libs/registry/src/namespaces/memory-namespaces.ts');
    const files = Object.entries(samples).map(([name, text]) => [`../../${name}`, text] as const);
    expect(diagnostics(Object.fromEntries(files))).toEqual([]);
  });

  it('touches one package', () => {
    expect(foldersOf(section)).toEqual(['libs/registry']);
  });
});

describeRegistryContract('the adapter of the walk-through', {
  start: () => Promise.resolve('memory'),
  stop: () => Promise.resolve(),
  create: (_hosts, namespace) => namespaces.open(namespace),
});

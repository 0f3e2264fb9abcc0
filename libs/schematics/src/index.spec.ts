import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import * as schematics from './index.js';
import { MemoryFiles } from './spec/memory-files.js';

it('exports these names and no others', () => {
  expect(Object.keys(schematics)).toEqual([
    'ForeignFileError',
    'InvalidContractError',
    'InvalidContractsError',
    'InvalidNameError',
    'MissingNameError',
    'UnknownOptionError',
    'UnreadableFileError',
    'UnreadableModuleError',
    'UnsupportedWorkspaceError',
    'addClient',
    'addDiscovery',
    'addService',
    'createStarter',
    'remakeContracts',
  ]);
});

it('makes a starter that asks for this version of the family', () => {
  const own = new URL('../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(own, 'utf8')) as { readonly version: string };
  const files = new MemoryFiles();
  schematics.createStarter(files, 'shop');
  const { dependencies, devDependencies } = files.json('package.json') as Record<
    'dependencies' | 'devDependencies',
    Record<string, string>
  >;
  const family = Object.entries({ ...dependencies, ...devDependencies }).filter(([name]) =>
    name.startsWith('@grpc-discovery/'),
  );
  expect(new Set(family.map(([, range]) => range))).toEqual(new Set([`^${version}`]));
});

import { expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as registry from './index.js';

it('exports these names and no others', () => {
  expect(Object.keys(registry).sort()).toMatchInlineSnapshot(`
   [
     "InstanceConflictError",
     "InstanceDeregisteredError",
     "InvalidOptionError",
     "MAX_WEIGHT",
     "MemoryStore",
     "RegistryClosedError",
     "RegistryLateError",
     "RegistryRefusedError",
     "RegistryUnreachableError",
     "assertServiceName",
     "assertWeight",
     "createEtcdRegistry",
     "createMemoryRegistry",
     "formatAddress",
     "generatedInstanceId",
     "isLoopback",
     "normalizeEtcdOptions",
     "parseAddress",
     "plainCause",
     "printable",
     "surveyEtcd",
     "wantedId",
   ]
  `);
});

it('is imported by no file of the package', () => {
  const folder = import.meta.dirname;
  const importers = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .filter((name) => /from '[^']*\/index\.js'/.test(readFileSync(join(folder, name), 'utf8')));
  expect(importers).toEqual([]);
});

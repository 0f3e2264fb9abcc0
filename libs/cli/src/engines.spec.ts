import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, it } from '@jest/globals';

const LOWEST = '20.19.0';

/** It has no types. */
const { satisfies } = createRequire(import.meta.url)('semver') as {
  readonly satisfies: (version: string, range: string) => boolean;
};

interface Package {
  readonly version: string;
  readonly engines?: { readonly node?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Every installed package that the command line brings along, by the lock file. */
function packages(): Readonly<Record<string, Package>> {
  const lock = JSON.parse(
    readFileSync(new URL('../../../package-lock.json', import.meta.url), 'utf8'),
  ) as { packages: Record<string, Package> };
  const found: Record<string, Package> = {};
  const add = (path: string) => {
    const each = lock.packages[path];
    if (each === undefined || path in found) return;
    found[path] = each;
    for (const name of Object.keys(each.dependencies ?? {}))
      add(placeOf(lock.packages, path, name));
  };
  add('libs/cli');
  return found;
}

/** As Node looks for it: beside the package, or in a folder above. */
function placeOf(all: Record<string, Package>, from: string, name: string): string {
  for (let folder = from; ; folder = folder.replace(/(^|\/)[^/]*$/, '')) {
    const path = `${folder}${folder === '' ? '' : '/'}node_modules/${name}`;
    if (path in all) return path;
    if (folder === '') return `libs/${name.replace('@grpc-discovery/', '')}`;
  }
}

it(`brings along nothing that Node ${LOWEST} is too old for`, () => {
  const all = Object.entries(packages());
  expect(all.map(([path]) => path)).toContain('libs/cli/node_modules/commander');
  const tooNew = all.filter(([, { engines }]) => !satisfies(LOWEST, engines?.node ?? '*'));
  expect(tooNew.map(([path, { version }]) => `${path} ${version}`)).toEqual([]);
});

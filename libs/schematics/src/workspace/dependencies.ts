import type { Files } from '../files.js';
import { readJson, setJson } from './json-file.js';
import type { Workspace } from './workspace.js';

/** Version of this package and of its sibling packages. */
const FAMILY = '^0.1.0';

/** By the major version of Nest that the application has. */
const MICROSERVICES = {
  11: { '@nestjs/microservices': '^11.1.19' },
  12: { '@nestjs/microservices': '^12.0.0' },
};

/** Adds the missing dependencies of a discovery application to package.json. */
export function addDependencies(files: Files, workspace: Workspace): void {
  const { nestMajor } = workspace;
  addAll(files, 'dependencies', {
    '@grpc-discovery/nestjs': FAMILY,
    '@grpc/grpc-js': '~1.14.4',
    '@grpc/proto-loader': '^0.8.1',
    ...MICROSERVICES[nestMajor],
  });
  addAll(files, 'devDependencies', { '@nestjs/testing': `^${nestMajor}.0.0` });
  letJestTransform(files, workspace);
}

/** Before Node 24.9 jest can't `require` ES modules: they have to be compiled like the workspace's own files. */
function letJestTransform(files: Files, { isEsm, nestMajor }: Workspace): void {
  const { jest } =
    readJson<{ jest: { transformIgnorePatterns?: unknown } }>(files, 'package.json') ?? {};
  if (isEsm || !jest || jest.transformIgnorePatterns) return;
  const scopes = ['@grpc-discovery', ...(nestMajor === 12 ? ['@nestjs'] : [])];
  const pattern = `/node_modules/(?!(?:${scopes.join('|')})/)`;
  setJson(files, 'package.json', ['jest', 'transformIgnorePatterns'], [pattern]);
}

type Kind = 'dependencies' | 'devDependencies';
type Dependencies = Readonly<Partial<Record<Kind, Readonly<Record<string, string>>>>>;

function addAll(files: Files, kind: Kind, wanted: Readonly<Record<string, string>>): void {
  const { dependencies, devDependencies } = readJson<Dependencies>(files, 'package.json') ?? {};
  // Packages for specs may also be in `dependencies`; runtime packages must not be in `devDependencies`.
  const known = { ...dependencies, ...(kind === 'devDependencies' && devDependencies) };
  for (const [name, range] of Object.entries(wanted)) {
    if (!(name in known)) setJson(files, 'package.json', [kind, name], range);
  }
}

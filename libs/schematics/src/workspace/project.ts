import { writeNew, type Files } from '../files.js';
import { readJson, setJson } from './json-file.js';
import { hasReferences, type Workspace } from './workspace.js';

interface References {
  readonly references: readonly { readonly path: string }[];
}

/** Adds `apps/<name>` to the monorepo as an application, for the Nest CLI and for the compiler. */
export function addProject(files: Files, name: string, { compilesSpecs }: Workspace): void {
  const root = `apps/${name}`;
  const tsConfigPath = `${root}/tsconfig.app.json`;
  const project = {
    type: 'application',
    root,
    entryFile: 'main',
    sourceRoot: `${root}/src`,
    compilerOptions: { tsConfigPath },
  };
  const known = readJson<{ projects: Record<string, unknown> }>(files, 'nest-cli.json');
  if (!known?.projects?.[name]) setJson(files, 'nest-cli.json', ['projects', name], project);
  writeNew(files, tsConfigPath, tsConfig(name, compilesSpecs));
  addReference(files, `./${tsConfigPath}`);
}

function tsConfig(name: string, compilesSpecs: boolean): string {
  const config = {
    extends: '../../tsconfig.json',
    compilerOptions: {
      rootDir: 'src',
      outDir: `../../dist/apps/${name}`,
      tsBuildInfoFile: `../../dist/apps/${name}/.tsbuildinfo`,
    },
    include: ['src'],
    ...(compilesSpecs ? {} : { exclude: ['**/*.spec.ts'] }),
    references: [],
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

function addReference(files: Files, path: string): void {
  if (!hasReferences(files)) return;
  const { references = [] } = readJson<References>(files, 'tsconfig.json') ?? {};
  const known = references.map((it) => it.path.replace(/^\.\//, ''));
  if (known.includes(path.slice(2))) return;
  setJson(files, 'tsconfig.json', ['references', references.length], { path });
}

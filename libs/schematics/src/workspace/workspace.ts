import { UnsupportedWorkspaceError } from '../errors.js';
import type { Files } from '../files.js';
import { readJson } from './json-file.js';

interface PackageJson {
  readonly type: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly jest: object;
}

interface NestCliJson {
  readonly monorepo: boolean;
  readonly sourceRoot: string;
  readonly projects: Readonly<Record<string, { readonly sourceRoot?: string } | undefined>>;
}

interface TsConfigJson {
  readonly compilerOptions: { readonly module?: string; readonly moduleResolution?: string };
  readonly references: readonly { readonly path: string }[];
}

/** What schematics go by in a workspace of the Nest CLI. */
export interface Workspace {
  readonly isMonorepo: boolean;
  /** Ends the paths of relative imports: ESM names files, CommonJS need not. */
  readonly extension: '.js' | '';
  readonly isEsm: boolean;
  /** Where specs get `describe` and `it` from. */
  readonly specModule: 'vitest' | '@jest/globals';
  /** Whether specs are compiled with the application and run as JavaScript. */
  readonly compilesSpecs: boolean;
  readonly nestMajor: 11 | 12;
}

/** @throws UnsupportedWorkspaceError */
export function readWorkspace(files: Files): Workspace {
  const packageJson = readJson<PackageJson>(files, 'package.json');
  if (!packageJson) {
    throw new UnsupportedWorkspaceError(
      'There is no package.json in this folder: run the schematic in the top folder of a Nest workspace, or make one with ' +
        '"npm create grpc-discovery <folder>".',
    );
  }
  assertModuleResolution(files);
  const { type, dependencies = {}, devDependencies = {}, jest } = packageJson;
  const isEsm = type === 'module';
  return {
    isMonorepo: readJson<NestCliJson>(files, 'nest-cli.json')?.monorepo === true,
    extension: isEsm ? '.js' : '',
    isEsm,
    specModule: 'vitest' in devDependencies ? 'vitest' : '@jest/globals',
    compilesSpecs: JSON.stringify(jest ?? {}).includes('/dist/'),
    nestMajor: /\b11\b/.test(dependencies['@nestjs/common']?.split('.')[0] ?? '') ? 11 : 12,
  };
}

/** Folder of an application's sources. @throws UnsupportedWorkspaceError */
export function sourceRootOf(files: Files, project: string | undefined): string {
  const { sourceRoot = 'src', projects = {} } = readJson<NestCliJson>(files, 'nest-cli.json') ?? {};
  if (project === undefined) return sourceRoot;
  const found = projects[project];
  if (found) return found.sourceRoot ?? `apps/${project}/src`;
  const known = Object.keys(projects).join(', ') || 'none';
  throw new UnsupportedWorkspaceError(
    `nest-cli.json has no project "${project}"; its projects: ${known}. Name one of them with --project.`,
  );
}

/** Whether the workspace's tsconfig.json is a solution of projects. */
export function hasReferences(files: Files): boolean {
  return readJson<TsConfigJson>(files, 'tsconfig.json')?.references !== undefined;
}

/** The packages are ESM with export maps, which older resolutions don't find. */
function assertModuleResolution(files: Files): void {
  const { compilerOptions = {} } = readJson<TsConfigJson>(files, 'tsconfig.json') ?? {};
  const { module = '', moduleResolution = module } = compilerOptions;
  if (
    moduleResolution === '' ||
    /^(node16|node18|node20|nodenext|bundler)$/i.test(moduleResolution)
  )
    return;
  throw new UnsupportedWorkspaceError(
    `tsconfig.json resolves modules by "${moduleResolution}", which does not find packages with export maps: set "module" and ` +
      '"moduleResolution" to "nodenext", as new Nest applications have it.',
  );
}

import { UnsupportedWorkspaceError } from '../errors.js';
import type { Files } from '../files.js';
import { readJson } from './json-file.js';

interface PackageJson {
  readonly type: string;
  readonly dependencies: Readonly<Record<string, string>> | null;
  readonly devDependencies: Readonly<Record<string, string>> | null;
  readonly jest: object;
  readonly scripts: Readonly<Record<string, string>> | null;
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

/** The properties of a Nest CLI workspace that schematics depend on. */
export interface Workspace {
  readonly isMonorepo: boolean;
  /** The extension of relative imports: `.js` for ES modules, none for CommonJS. */
  readonly extension: '.js' | '';
  readonly isEsm: boolean;
  /** The module that exports `describe` and `it` for specs. */
  readonly specModule: 'vitest' | '@jest/globals';
  /** Whether specs are compiled with the application and run as JavaScript. */
  readonly compilesSpecs: boolean;
  /** Whether `npm run build` builds every application; in a new Nest monorepo it builds only the first. */
  readonly buildsAll: boolean;
  readonly nestMajor: 11 | 12;
}

/** @throws UnsupportedWorkspaceError, UnreadableFileError */
export function readWorkspace(files: Files): Workspace {
  const packageJson = readJson<PackageJson>(files, 'package.json');
  if (!packageJson) {
    throw new UnsupportedWorkspaceError(
      'There is no package.json in this folder: run the schematic in the top folder of a Nest workspace, or make one with ' +
        '"npm create grpc-discovery <folder>".',
    );
  }
  assertModuleResolution(files);
  const { type, jest, scripts } = packageJson;
  // Either may be null.
  const dependencies = packageJson.dependencies ?? {};
  const devDependencies = packageJson.devDependencies ?? {};
  const isEsm = type === 'module';
  return {
    isMonorepo: readNestCli(files).monorepo === true,
    extension: isEsm ? '.js' : '',
    isEsm,
    specModule: 'vitest' in { ...dependencies, ...devDependencies } ? 'vitest' : '@jest/globals',
    buildsAll: /\btsc\s+(-b|--build)\b/.test(scripts?.build ?? ''),
    compilesSpecs: JSON.stringify(jest ?? {}).includes('/dist/'),
    nestMajor: /\b11\b/.test(dependencies['@nestjs/common']?.split('.')[0] ?? '') ? 11 : 12,
  };
}

/** The content of nest-cli.json, if there is one. @throws UnreadableFileError */
export function readNestCli(files: Files): Partial<NestCliJson> & Pick<NestCliJson, 'projects'> {
  const { projects, ...others } = readJson<NestCliJson>(files, 'nest-cli.json') ?? {};
  return { ...others, projects: projects ?? {} };
}

/** Whether the workspace's tsconfig.json is a solution of projects. */
export function hasReferences(files: Files): boolean {
  return readJson<TsConfigJson>(files, 'tsconfig.json')?.references !== undefined;
}

/** The packages are ES modules with export maps, which older module resolutions don't support. */
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

import { posix } from 'node:path';
import ts from 'typescript';
import { parseFile } from '../code/parse-file.js';
import { UnsupportedWorkspaceError } from '../errors.js';
import type { Files } from '../files.js';
import { readNestCli } from './workspace.js';

/** The application of a workspace to change. */
export interface Application {
  /** Its name in nest-cli.json. @default the one of `sourceRoot`, else the first application of the workspace */
  readonly project?: string | undefined;
  /** Folder of its sources: the only thing that the Nest CLI passes for an application chosen at its prompt. */
  readonly sourceRoot?: string | undefined;
}

/** Folder of an application's sources. @throws UnsupportedWorkspaceError */
export function sourceRootOf(files: Files, application: Application): string {
  return located(files, application).sourceRoot;
}

/** Path of an application's root module. @throws UnsupportedWorkspaceError */
export function rootModule(files: Files, application: Application): string {
  const { name, sourceRoot } = located(files, application);
  const names = ['app', ...(name === undefined ? [] : [name])];
  const paths = names.map((it) => `${sourceRoot}/${it}.module.ts`);
  const found = paths.find((path) => files.read(path) !== undefined);
  const path = found ?? moduleOfMain(files, `${sourceRoot}/main.ts`);
  if (path !== undefined) return path;
  throw new UnsupportedWorkspaceError(
    `The application's root module is looked for at ${paths.join(' and ')}, and is not there. In a monorepo name the ` +
      'application with --project.',
  );
}

/** Path of the file that starts an application; it may not exist. */
export function mainOf(files: Files, application: Application): string {
  return `${located(files, application).sourceRoot}/main.ts`;
}

interface Located {
  readonly name: string | undefined;
  readonly sourceRoot: string;
}

function located(files: Files, { project, sourceRoot }: Application): Located {
  const { sourceRoot: first = 'src', projects } = readNestCli(files);
  const known = Object.entries(projects).map(([name, it]) => ({
    name,
    sourceRoot: it?.sourceRoot ?? `apps/${name}/src`,
  }));
  if (project === undefined) {
    const chosen = known.find((it) => it.sourceRoot === (sourceRoot ?? first));
    return chosen ?? { name: undefined, sourceRoot: first };
  }
  const found = known.find(({ name }) => name === project);
  if (found) return found;
  const names = known.map(({ name }) => name).join(', ') || 'none';
  throw new UnsupportedWorkspaceError(
    `nest-cli.json has no project "${project}"; its projects: ${names}. Name one of them with --project.`,
  );
}

/** The module that main.ts passes to `NestFactory`, by the path of its import. */
function moduleOfMain(files: Files, main: string): string | undefined {
  if (files.read(main) === undefined) return undefined;
  const source = parseFile(files, main);
  const [, name] = /NestFactory\s*\.\s*create\w*\s*(?:<[^(]*>)?\(\s*(\w+)/.exec(source.text) ?? [];
  const declaration = source.statements
    .filter(ts.isImportDeclaration)
    .find(({ importClause }) => new RegExp(`\\b${name}\\b`).test(importClause?.getText() ?? ''));
  if (!declaration || !ts.isStringLiteral(declaration.moduleSpecifier)) return undefined;
  const from = posix.join(posix.dirname(main), declaration.moduleSpecifier.text);
  return [from.replace(/\.js$/, '.ts'), `${from}.ts`].find((it) => files.read(it) !== undefined);
}

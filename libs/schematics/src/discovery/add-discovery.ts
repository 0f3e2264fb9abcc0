import { addModuleImport } from '../code/add-module-import.js';
import { UnsupportedWorkspaceError } from '../errors.js';
import type { Files } from '../files.js';
import { namesOf } from '../names.js';
import { addDependencies } from '../workspace/dependencies.js';
import { readWorkspace, sourceRootOf } from '../workspace/workspace.js';

const HOSTS = "process.env['ETCD_HOSTS'] ?? 'http://127.0.0.1:2379'";

export interface DiscoveryChange {
  /** Name under which the application registers; it only calls without one. */
  readonly name?: string | undefined;
  readonly project?: string | undefined;
}

/**
 * Adds `DiscoveryModule` to an application's root module, if it has none.
 * @throws InvalidNameError, UnsupportedWorkspaceError, UnreadableModuleError
 */
export function addDiscovery(files: Files, { name, project }: DiscoveryChange): void {
  const service = name === undefined ? '' : `, service: { name: '${namesOf(name).kebab}' }`;
  const workspace = readWorkspace(files);
  const path = rootModule(files, project);
  addDependencies(files, workspace);
  if (/\bDiscoveryModule\.forRoot(Async)?\(/.test(files.read(path) ?? '')) return;
  addModuleImport(files, path, {
    expression: `DiscoveryModule.forRoot({ etcd: { hosts: ${HOSTS} }${service} })`,
    from: { '@grpc-discovery/nestjs': 'DiscoveryModule' },
  });
}

/** Path of an application's root module. @throws UnsupportedWorkspaceError */
export function rootModule(files: Files, project: string | undefined): string {
  const sourceRoot = sourceRootOf(files, project);
  const names = ['app', ...(project === undefined ? [] : [project])];
  const paths = names.map((it) => `${sourceRoot}/${it}.module.ts`);
  const found = paths.find((path) => files.read(path) !== undefined);
  if (found !== undefined) return found;
  throw new UnsupportedWorkspaceError(
    `The application's root module is looked for at ${paths.join(' and ')}, and is not there. In a monorepo name the ` +
      'application with --project.',
  );
}

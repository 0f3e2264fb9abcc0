import { addModuleImport, localName } from '../code/add-module-import.js';
import { parseFile } from '../code/parse-file.js';
import type { Files } from '../files.js';
import { namesOf } from '../names.js';
import { mainOf, rootModule, type Application } from '../workspace/application.js';
import { addDependencies } from '../workspace/dependencies.js';
import { readWorkspace } from '../workspace/workspace.js';
import { changeMain } from './change-main.js';

const HOSTS = "process.env['ETCD_HOSTS'] ?? 'http://127.0.0.1:2379'";
const DISCOVERY_MODULE = {
  name: 'DiscoveryModule',
  from: '@grpc-discovery/nestjs',
  // @nestjs/core has a DiscoveryModule, too.
  alias: 'GrpcDiscoveryModule',
};

export interface DiscoveryChange extends Application {
  /** Name under which the application registers; without it, the application is only a client. */
  readonly name?: string | undefined;
}

/**
 * Adds `DiscoveryModule` to an application's root module, if it is missing, and prepares its main.ts for registration.
 * @returns the remaining steps, one line each
 * @throws InvalidNameError, UnsupportedWorkspaceError, UnreadableModuleError, UnreadableFileError
 */
export function addDiscovery(files: Files, change: DiscoveryChange): string[] {
  const { name } = change;
  const service = name === undefined ? undefined : namesOf(name).kebab;
  addDiscoveryModule(files, change, service);
  return changeMain(files, mainOf(files, change), service);
}

/** Adds the module, and the packages that it needs. */
export function addDiscoveryModule(files: Files, application: Application, service?: string): void {
  const workspace = readWorkspace(files);
  const path = rootModule(files, application);
  addDependencies(files, workspace);
  const source = parseFile(files, path);
  const { local } = localName(source, DISCOVERY_MODULE);
  if (new RegExp(`\\b${local}\\s*\\.\\s*forRoot(Async)?\\s*\\(`).test(source.text)) return;
  const own = service === undefined ? '' : `, service: { name: '${service}' }`;
  addModuleImport(files, path, {
    expression: (discovery) => `${discovery}.forRoot({ etcd: { hosts: ${HOSTS} }${own} })`,
    names: [DISCOVERY_MODULE],
  });
}

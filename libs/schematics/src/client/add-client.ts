import { addModuleImport } from '../code/add-module-import.js';
import { contractFile } from '../contract/contract-file.js';
import { readContract } from '../contract/contract.js';
import { addDiscovery, rootModule } from '../discovery/add-discovery.js';
import { writeNew, type Files } from '../files.js';
import { namesOf } from '../names.js';
import { readWorkspace, sourceRootOf } from '../workspace/workspace.js';
import { clientClasses, clientFile, clientSpec } from './client-files.js';

export interface ClientChange {
  /** Name of the service that is called. */
  readonly name: string;
  /** The contract. @default `proto/<name>.proto` */
  readonly path?: string | undefined;
  /** The application that calls, in a monorepo. */
  readonly project?: string | undefined;
}

/**
 * Adds a client of a service to an application: the class, its contract, its provider and its spec. Files that are there
 * stay; the TypeScript of the contract is made anew.
 * @throws InvalidNameError, InvalidContractError, UnsupportedWorkspaceError, UnreadableModuleError
 */
export function addClient(files: Files, { name, path, project }: ClientChange): void {
  const names = namesOf(name);
  const { kebab, camel } = names;
  const workspace = readWorkspace(files);
  const folder = `${sourceRootOf(files, project)}/clients`;
  const contract = readContract(files, path ?? `proto/${kebab}.proto`);
  addDiscovery(files, { project });
  const remake = ['nest generate -c @grpc-discovery/schematics grpc-client', kebab, path ?? ''];
  if (project !== undefined) remake.push(`--project ${project}`);
  files.write(
    `${folder}/${kebab}.contract.ts`,
    contractFile(contract, `${camel}Contract`, remake.filter((it) => it !== '').join(' ')),
  );
  writeNew(files, `${folder}/${kebab}.client.ts`, clientFile(names, contract, workspace));
  writeNew(files, `${folder}/${kebab}.client.spec.ts`, clientSpec(names, contract, workspace));
  for (const client of clientClasses(contract)) {
    addModuleImport(files, rootModule(files, project), {
      expression: `DiscoveryModule.forFeature([${client}])`,
      from: {
        '@grpc-discovery/nestjs': 'DiscoveryModule',
        [`./clients/${kebab}.client${workspace.extension}`]: client,
      },
    });
  }
}

import { addModuleImport } from '../code/add-module-import.js';
import { readContract } from '../contract/contract.js';
import { includesOf, workspaceIncludes, type IncludeOption } from '../contract/includes.js';
import { writeContract } from '../contract/write-contract.js';
import { addDiscoveryModule } from '../discovery/add-discovery.js';
import { InvalidContractError } from '../errors.js';
import { writeNew, type Files } from '../files.js';
import { namesOf } from '../names.js';
import { rootModule, sourceRootOf, type Application } from '../workspace/application.js';
import { addDependencies } from '../workspace/dependencies.js';
import { readWorkspace } from '../workspace/workspace.js';
import { callableServices, clientClassOf, clientFile } from './client-files.js';
import { clientSpec } from './client-spec.js';

export interface ClientChange extends Application {
  /** Name of the service to call. */
  readonly name: string;
  /** Path of the contract. @default `proto/<name>.proto` */
  readonly path?: string | undefined;
  /** Folders to search for the contract's imports. @default the contract's own folder, and those in package.json */
  readonly include?: IncludeOption;
  /** Whether to create a spec. @default true */
  readonly spec?: boolean | undefined;
  /** The part of a spec's file name before its extension. @default 'spec' */
  readonly specFileSuffix?: string | undefined;
  /** Skips the root module. @default false */
  readonly skipImport?: boolean | undefined;
}

/**
 * Adds a client of a service to an application: its class, contract, provider and spec. Existing files are kept; the TypeScript
 * of the contract is regenerated.
 * @throws InvalidNameError, InvalidContractError, ForeignFileError, UnsupportedWorkspaceError, UnreadableModuleError,
 * UnreadableFileError
 */
export function addClient(files: Files, change: ClientChange): void {
  const { name, path, include, spec = true, specFileSuffix = 'spec', skipImport = false } = change;
  const names = namesOf(name);
  const { kebab, camel, pascal } = names;
  const workspace = readWorkspace(files);
  const folder = `${sourceRootOf(files, change)}/clients`;
  const source = { path: path ?? `proto/${kebab}.proto`, includes: includesOf(include) };
  const contract = readContract(files, source, workspaceIncludes(files));
  const services = callableServices(contract);
  if (services.length === 0) {
    throw new InvalidContractError(contract.path, 'has no rpc that a client can call', 'Add one.');
  }
  if (!skipImport) addDiscoveryModule(files, change);
  else addDependencies(files, workspace);
  writeContract(files, `${folder}/${kebab}.contract.ts`, contract, `${camel}Contract`);
  writeNew(files, `${folder}/${kebab}.client.ts`, clientFile(names, contract, workspace));
  if (spec) {
    const text = clientSpec(names, contract, workspace);
    writeNew(files, `${folder}/${kebab}.client.${specFileSuffix}.ts`, text);
  }
  for (const client of skipImport ? [] : services.map(clientClassOf)) {
    addModuleImport(files, rootModule(files, change), {
      expression: (discovery, own) => `${discovery}.forFeature([${own}])`,
      names: [
        {
          name: 'DiscoveryModule',
          from: '@grpc-discovery/nestjs',
          alias: 'GrpcDiscoveryModule',
        },
        {
          name: client,
          from: `./clients/${kebab}.client${workspace.extension}`,
          alias: `${pascal}${client}`,
        },
      ],
    });
  }
}

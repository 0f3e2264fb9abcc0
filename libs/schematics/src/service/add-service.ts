import { readContract } from '../contract/contract.js';
import { includesOf, workspaceIncludes, type IncludeOption } from '../contract/includes.js';
import { writeContract } from '../contract/write-contract.js';
import { UnsupportedWorkspaceError } from '../errors.js';
import { writeNew, type Files } from '../files.js';
import { namesOf } from '../names.js';
import { addDependencies } from '../workspace/dependencies.js';
import { addProject } from '../workspace/project.js';
import { readWorkspace } from '../workspace/workspace.js';
import { addToCompose, dockerfile, DOCKERFILE } from './deployment-files.js';
import { serviceProto } from './greeting-files.js';
import { serviceFiles, serviceSpecs } from './service-files.js';

export interface ServiceChange {
  /** Name of the service and of its application. */
  readonly name: string;
  /** Folders to search for the imports of an existing contract. @default its own, and those in package.json */
  readonly include?: IncludeOption;
  /** Whether to create specs. @default true */
  readonly spec?: boolean | undefined;
  /** The part of a spec's file name before its extension. @default 'spec' */
  readonly specFileSuffix?: string | undefined;
}

/**
 * Adds the application of a service to a monorepo: contract, sources, specs, build and deployment. Existing files are kept; the
 * TypeScript of the contract is regenerated.
 * @throws InvalidNameError, InvalidContractError, ForeignFileError, UnsupportedWorkspaceError, UnreadableFileError
 */
export function addService(files: Files, change: ServiceChange): void {
  const { name, include, spec = true, specFileSuffix = 'spec' } = change;
  const names = namesOf(name);
  const workspace = readWorkspace(files);
  if (!workspace.isMonorepo) {
    throw new UnsupportedWorkspaceError(
      'A service is an application of a monorepo, and nest-cli.json does not say "monorepo": true. "nest generate app ' +
        `${name}" makes the workspace one; "nest generate -c @grpc-discovery/schematics discovery ${name}" makes a service ` +
        'of the application that is there.',
    );
  }
  const root = `apps/${names.kebab}`;
  const proto = `proto/${names.kebab}.proto`;
  writeNew(files, proto, serviceProto(names));
  const source = { path: proto, includes: includesOf(include) };
  const contract = readContract(files, source, workspaceIncludes(files));
  const contractPath = `${root}/src/contracts/${names.kebab}.contract.ts`;
  writeContract(files, contractPath, contract, `${names.camel}Contract`);
  const texts = {
    ...serviceFiles(names, workspace, contract),
    ...(spec ? serviceSpecs(names, workspace, contract, specFileSuffix) : {}),
  };
  for (const [path, text] of Object.entries(texts)) writeNew(files, `${root}/${path}`, text);
  addProject(files, names.kebab, workspace);
  writeNew(files, DOCKERFILE, dockerfile(workspace));
  addToCompose(files, names.kebab);
  addDependencies(files, workspace);
}

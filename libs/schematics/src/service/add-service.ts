import { contractFile } from '../contract/contract-file.js';
import { readContract } from '../contract/contract.js';
import { UnsupportedWorkspaceError } from '../errors.js';
import { writeNew, type Files } from '../files.js';
import { namesOf } from '../names.js';
import { addDependencies } from '../workspace/dependencies.js';
import { addProject } from '../workspace/project.js';
import { readWorkspace } from '../workspace/workspace.js';
import { addToCompose, dockerfile, DOCKERFILE } from './deployment-files.js';
import { serviceFiles, serviceProto } from './service-files.js';

/**
 * Adds the application of a service to a monorepo: contract, sources, specs, build and deployment. Files that are there stay;
 * the TypeScript of the contract is made anew.
 * @throws InvalidNameError, InvalidContractError, UnsupportedWorkspaceError
 */
export function addService(files: Files, name: string): void {
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
  const remake = `nest generate -c @grpc-discovery/schematics grpc-service ${name} --project ${name}`;
  files.write(
    `${root}/src/contracts/${names.kebab}.contract.ts`,
    contractFile(readContract(files, proto), `${names.camel}Contract`, remake),
  );
  for (const [path, text] of Object.entries(serviceFiles(names, workspace))) {
    writeNew(files, `${root}/${path}`, text);
  }
  addProject(files, names.kebab, workspace);
  writeNew(files, DOCKERFILE, dockerfile('npm run build'));
  addToCompose(files, names.kebab);
  addDependencies(files, workspace);
}

import { addClient, type ClientChange } from '../client/add-client.js';
import { remakeContracts, type ContractsChange } from '../contracts/remake-contracts.js';
import { addDiscovery, type DiscoveryChange } from '../discovery/add-discovery.js';
import { addService, type ServiceChange } from '../service/add-service.js';
import { assertKnown, assertNamed } from './schematic-options.js';
import { treeFiles, type Tree } from './tree-files.js';

/** The part of a schematic's context that is used here. */
interface Context {
  readonly logger: { info(text: string): void; warn(text: string): void };
}

/** A rule of @angular-devkit/schematics. The Nest CLI writes, prints or, with `--dry-run`, only prints what it changes. */
type Rule = (tree: Tree, context: Context) => void;

export function grpcService(options: ServiceChange): Rule {
  return (tree) => {
    const known = ['name', 'include', 'spec', 'specFileSuffix', 'project'];
    assertKnown('grpc-service', options, known);
    assertNamed('grpc-service', options);
    addService(treeFiles(tree), options);
  };
}

export function grpcClient(options: ClientChange): Rule {
  return (tree) => {
    const known = ['name', 'path', 'project', 'include', 'spec', 'specFileSuffix', 'skipImport'];
    assertKnown('grpc-client', options, known);
    assertNamed('grpc-client', options);
    addClient(treeFiles(tree), options);
  };
}

export function grpcContracts(options: ContractsChange): Rule {
  return (tree, { logger }) => {
    assertKnown('grpc-contracts', options, ['project']);
    for (const line of remakeContracts(treeFiles(tree), options)) logger.info(line);
  };
}

export function discovery(options: DiscoveryChange): Rule {
  return (tree, { logger }) => {
    assertKnown('discovery', options, ['name', 'project']);
    for (const line of addDiscovery(treeFiles(tree), options)) logger.warn(line);
  };
}

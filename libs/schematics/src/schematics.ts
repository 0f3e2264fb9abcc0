import { addClient, type ClientChange } from './client/add-client.js';
import { addDiscovery, type DiscoveryChange } from './discovery/add-discovery.js';
import type { Files } from './files.js';
import { addService } from './service/add-service.js';

/** What a schematic sees of the virtual files of @angular-devkit/schematics. */
interface Tree {
  exists(path: string): boolean;
  readText(path: string): string;
  create(path: string, content: string): void;
  overwrite(path: string, content: string): void;
}

/** A rule of @angular-devkit/schematics. The Nest CLI writes, prints or, with `--dry-run`, only prints what it changes. */
type Rule = (tree: Tree) => void;

export function grpcService({ name }: { readonly name: string }): Rule {
  return (tree) => addService(treeFiles(tree), name);
}

export function grpcClient({ name, path, project }: ClientChange): Rule {
  return (tree) => addClient(treeFiles(tree), { name, path, project });
}

export function discovery({ name, project }: DiscoveryChange): Rule {
  return (tree) => addDiscovery(treeFiles(tree), { name, project });
}

function treeFiles(tree: Tree): Files {
  return {
    read: (path) => (tree.exists(path) ? tree.readText(path) : undefined),
    write: (path, text) => {
      if (!tree.exists(path)) tree.create(path, text);
      else if (tree.readText(path) !== text) tree.overwrite(path, text);
    },
  };
}

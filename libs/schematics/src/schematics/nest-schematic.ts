import { posix } from 'node:path';
import { lastValueFrom, of, type Observable } from 'rxjs';
import { withExtensions } from '../code/with-extensions.js';
import { readWorkspace } from '../workspace/workspace.js';
import { treeFiles, type Tree } from './tree-files.js';

/** The files that a schematic wrote. */
interface ChangedTree extends Tree {
  readonly actions: readonly { readonly kind: string; readonly path: string }[];
}

/** The part of the engine of @angular-devkit/schematics that is used here. */
interface Context {
  readonly schematic: {
    readonly description: { readonly name: string };
    readonly collection: object;
  };
  readonly engine: {
    createCollection(
      name: string,
      requester: object,
    ): {
      createSchematic(
        name: string,
        allowPrivate: boolean,
      ): {
        call(
          options: object,
          tree: Observable<ChangedTree>,
          context: Context,
        ): Observable<ChangedTree>;
      };
    };
  };
}

type Rule = (tree: ChangedTree, context: Context) => Promise<() => ChangedTree>;

/**
 * Runs the schematic of the same name in @nestjs/schematics. Version 11, the last one for Node 20, generates imports without
 * extensions; in a workspace of ES modules, this adds them.
 */
export function nestSchematic(options: object): Rule {
  return async (tree, context) => {
    const { schematic, engine } = context;
    const collection = engine.createCollection('@nestjs/schematics', schematic.collection);
    const nest = collection.createSchematic(schematic.description.name, true);
    const result = await lastValueFrom(nest.call(options, of(tree), context));
    const files = treeFiles(result);
    if (readWorkspace(files).isEsm) {
      const written = result.actions.filter(({ kind }) => kind !== 'd');
      for (const path of written.map((it) => posix.relative('/', it.path))) {
        if (path.endsWith('.ts')) files.write(path, withExtensions(files, path));
      }
    }
    return () => result;
  };
}

import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { UnreadableFileError } from '../errors.js';
import type { Files } from '../files.js';

/** The part of the virtual file tree of @angular-devkit/schematics that is used here. */
export interface Tree {
  exists(path: string): boolean;
  readText(path: string): string;
  create(path: string, content: string): void;
  overwrite(path: string, content: string): void;
  getDir(path: string): { readonly subfiles: string[]; readonly subdirs: string[] };
}

/** The files of a workspace, and of the disk around it, which contracts may import. */
export function treeFiles(tree: Tree): Files {
  const read = (path: string) => {
    if (isOutside(path)) return readOutside(path);
    return tree.exists(path) ? textOf(tree, path) : undefined;
  };
  return {
    read,
    write: (path, text) => {
      if (!tree.exists(path)) tree.create(path, text);
      else if (read(path) !== text) tree.overwrite(path, text);
    },
    list: (folder) => {
      const { subfiles, subdirs } = tree.getDir(folder === '' ? '/' : folder);
      return { files: subfiles, folders: subdirs };
    },
  };
}

function textOf(tree: Tree, path: string): string {
  try {
    return tree.readText(path);
  } catch (error) {
    throw new UnreadableFileError(path, `is not a text: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function isOutside(path: string): boolean {
  return isAbsolute(path) || path === '..' || path.startsWith('../');
}

function readOutside(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(code)) return undefined;
    throw new UnreadableFileError(path, `can't be read: ${code}`, { cause: error });
  }
}

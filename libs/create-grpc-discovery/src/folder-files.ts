import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Files } from '@grpc-discovery/schematics';

/** The files of a folder on disk. */
export function folderFiles(folder: string): Files {
  return {
    read: (path) => {
      try {
        return readFileSync(join(folder, path), 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    write: (path, text) => {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    },
    list: (path) => {
      const entries = readdirSync(join(folder, path), { withFileTypes: true });
      const names = (isFolder: boolean) =>
        entries.filter((it) => it.isDirectory() === isFolder).map(({ name }) => name);
      return { files: names(false), folders: names(true) };
    },
  };
}
